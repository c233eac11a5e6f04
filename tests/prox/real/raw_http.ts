// HTTP by hand, both ends: what a proxy takes and sends to the byte, whatever an HTTP library thinks of it.
import { Buffer } from "node:buffer";
import net, { type AddressInfo } from "node:net";
import type { Later } from "../../support/folder.ts";

/** A message, with one character a byte. */
export interface RawMessage {
  /** The request line or the status line. */
  readonly first: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The first value of a name, whatever its case. */
export function headerOf({ headers }: RawMessage, name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];
}

/** Sends bytes to 127.0.0.1, and reads what comes until the connection ends. */
export function sendRaw(port: number, message: string): Promise<RawMessage> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    const chunks: Uint8Array[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(parse(Buffer.concat(chunks).toString("latin1"))));
    socket.write(message, "latin1");
  });
}

/** A service that remembers what reached it. */
export interface RawService {
  readonly port: number;
  readonly requests: RawMessage[];
}

/** Starts one: it answers each request with `answer`, and ends the connection. */
export async function startRawService(answer: string, later: Later): Promise<RawService> {
  const requests: RawMessage[] = [];
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    let text = "";
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (!isWhole(text)) return;
      requests.push(parse(text));
      text = "";
      socket.end(answer, "latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const body = text.slice(end + 4);
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(text)) return body.endsWith("0\r\n\r\n");
  const [, length = "0"] = /\r\ncontent-length: (\d+)\r\n/i.exec(text) ?? [];
  return body.length >= Number(length);
}

function parse(text: string): RawMessage {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()] as const;
  });
  const rest = end < 0 ? "" : text.slice(end + 4);
  const isChunked = headers.some(([name, value]) =>
    name.toLowerCase() === "transfer-encoding" && value.toLowerCase() === "chunked"
  );
  return { first, headers, body: isChunked ? joinChunks(rest) : rest };
}

function joinChunks(text: string): string {
  let joined = "";
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n", at);
    const length = parseInt(text.slice(at, end), 16);
    if (!(length > 0)) break;
    joined += text.slice(end + 2, end + 2 + length);
    at = end + 2 + length + 2;
  }
  return joined;
}
