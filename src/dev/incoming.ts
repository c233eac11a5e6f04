// A request of node:http as parts of an exchange.
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { RequestParts } from "../kong/emulator/exchange.ts";
import type { HeaderLine } from "../kong/emulator/http/header_list.ts";
import { pairs } from "./service.ts";

/** The head of a request, of whatever version of HTTP. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, or an absolute URL. */
  readonly target: string;
  /** As they came in; HTTP/2's `:authority` as Host. */
  readonly lines: readonly HeaderLine[];
  readonly httpVersion: string;
  /** The Host; undefined if there is none. */
  readonly host: string | undefined;
}

/** Reads the head of a request. */
export function headOf(request: IncomingMessage): RequestHead {
  const { method = "GET", url: target = "/", rawHeaders, httpVersion } = request;
  const all = pairs(rawHeaders);
  const lines = all.filter(([name]) => !name.startsWith(":"));
  const named = (wanted: string, among = lines) =>
    among.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const authority = named(":authority", all);
  if (authority !== undefined && named("host") === undefined) lines.unshift(["host", authority]);
  return { method, target, lines, httpVersion, host: named("host") };
}

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
  head: RequestHead,
  body: Uint8Array,
  port: number,
): RequestParts {
  const { socket } = request;
  const tls = tlsOf(request);
  return {
    method: head.method,
    target: head.target,
    headers: head.lines,
    body,
    scheme: tls ? "https" : "http",
    ...(tls ? { tls } : {}),
    httpVersion: Number(head.httpVersion),
    client: { ip: unmapped(socket.remoteAddress), port: socket.remotePort ?? 0 },
    server: { ip: unmapped(socket.localAddress), port },
  };
}

/** Connections that have had a request: the first one stands for the handshake. */
const shaken = new WeakSet<object>();

/** Of a TLS connection; undefined for any other. */
function tlsOf(request: IncomingMessage): RequestParts["tls"] {
  const socket = request.socket as TLSSocket;
  if (socket.encrypted !== true) return undefined;
  const { stream } = request as { readonly stream?: { readonly session?: object } };
  const connection = stream?.session ?? socket;
  const isFirst = !shaken.has(connection);
  shaken.add(connection);
  const { servername } = socket as { readonly servername?: string | false };
  return { version: socket.getProtocol() ?? "TLSv1.3", sni: servername || undefined, isFirst };
}

/** An IPv4 address that a socket for both families shows as IPv6. */
function unmapped(address: string | undefined): string {
  return (address ?? "127.0.0.1").replace(/^::ffff:/, "");
}
