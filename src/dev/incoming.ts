// A request of node:http as parts of an exchange.
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { RequestParts } from "../kong/emulator/exchange.ts";
import { pairs } from "./service.ts";

/** Whether a request target is one that the gateway serves: a path, or an absolute URL. */
export function isServedTarget(target: string): boolean {
  return target.startsWith("/") || /^https?:\/\//i.test(target);
}

/**
 * Reads a body. A stream that turns out too long is left as it is, for the caller to end: a request's
 * connection still has to carry the answer.
 *
 * @returns undefined if it is longer than `most` bytes
 * @throws what the stream fails with, or an error if it ends too early
 */
export function readBody(stream: Readable, most: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    stream.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length <= most) return void chunks.push(chunk);
      stream.pause();
      resolve(undefined);
    });
    stream.on("end", () => resolve(Buffer.concat(chunks)));
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("the body broke off")));
  });
}

/** The parts of a request. `port` is the one that the gateway listens on. */
export function requestParts(
  request: IncomingMessage,
  body: Uint8Array,
  port: number,
): RequestParts {
  const { socket } = request;
  return {
    method: request.method ?? "GET",
    target: request.url ?? "/",
    headers: pairs(request.rawHeaders),
    body,
    scheme: "http",
    httpVersion: Number(request.httpVersion),
    client: { ip: unmapped(socket.remoteAddress), port: socket.remotePort ?? 0 },
    server: { ip: unmapped(socket.localAddress), port },
  };
}

/** An IPv4 address that a socket for both families shows as IPv6. */
function unmapped(address: string | undefined): string {
  return (address ?? "127.0.0.1").replace(/^::ffff:/, "");
}
