// The response to the client: its head, and its body whole or as it comes.
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Exchange } from "../kong/emulator/exchange.ts";
import type { HeaderLine } from "../kong/emulator/http/header_list.ts";
import { endToEnd } from "./service.ts";
import type { Throttle } from "./throttle.ts";

/** Puts in the headers that Kong adds, so that the log phase sees them too. */
export function completeHead(exchange: Exchange): void {
  const { responseHeaders: headers, latencies, source } = exchange;
  for (const name of ["Connection", "Keep-Alive", "Transfer-Encoding"]) headers.remove(name);
  if (source === "service") {
    headers.set("X-Kong-Upstream-Latency", [String(Math.max(0, Math.round(latencies.proxy)))]);
    headers.set("X-Kong-Proxy-Latency", [String(Math.round(latencies.kong))]);
    headers.set("Via", [[...headers.all("via"), "1.1 gibbon"].join(", ")]);
  } else {
    headers.set("X-Kong-Response-Latency", [String(Math.round(latencies.kong))]);
    if (headers.get("server") === undefined) headers.set("Server", ["gibbon"]);
  }
  headers.set("X-Kong-Request-Id", [exchange.requestId]);
  asNginx(exchange);
}

/** Types whose text nginx says to be UTF-8, where nothing else is said. */
const CHARSET_TYPES: ReadonlySet<string> = new Set([
  "text/html",
  "text/xml",
  "text/plain",
  "text/vnd.wap.wml",
  "application/javascript",
  "application/rss+xml",
]);

/** What nginx changes of a head when it writes it. */
function asNginx({ responseHeaders: headers, status, source }: Exchange): void {
  if (status === 204) {
    for (const name of ["Content-Type", "Content-Length", "Last-Modified"]) headers.remove(name);
  }
  const type = headers.get("content-type");
  if (source !== "exit" || type === undefined || !CHARSET_TYPES.has(type.toLowerCase())) return;
  headers.set("Content-Type", [`${type}; charset=UTF-8`]);
}

/** A service that broke off in the middle of its response. */
export class ServiceBrokeOff extends Error {
  override readonly name = "ServiceBrokeOff";
}

function writeHead(exchange: Exchange, response: ServerResponse, closes: boolean): void {
  completeHead(exchange);
  const { lines } = endToEnd(exchange.responseHeaders.lines);
  // HTTP/2 has no headers of a connection.
  const own: HeaderLine[] = closes && exchange.original.httpVersion < 2
    ? [["Connection", "close"]]
    : [];
  response.writeHead(exchange.status, [...lines, ...own].flat());
  exchange.sentBytes = lines.reduce((sum, [name, value]) => {
    return sum + name.length + value.length + 4;
  }, 15);
}

/** Whether a response of this status to this method has no body. */
function isEmpty({ original, status }: Exchange): boolean {
  return original.method === "HEAD" || status === 204 || status === 304;
}

/** How a response goes out. */
export interface SendOptions {
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
  /** Whether the connection ends with this response. */
  readonly closes?: boolean;
  /** What the body is slowed down by. */
  readonly throttles?: readonly Throttle[];
}

/**
 * Sends the response that stands in the exchange. Settles when it is out or the client is gone.
 */
export async function sendWhole(
  exchange: Exchange,
  response: ServerResponse,
  { gone, closes = false, throttles = [] }: SendOptions,
): Promise<void> {
  if (gone.aborted) return;
  // Nothing but a final answer can be sent here.
  if (exchange.status < 200) exchange.fail(500);
  const body = exchange.responseBody ?? new Uint8Array(0);
  const empty = isEmpty(exchange);
  if (!empty && exchange.responseHeaders.get("content-length") === undefined) {
    exchange.responseHeaders.set("Content-Length", [String(body.length)]);
  }
  const out = new Promise<void>((resolve) => {
    response.on("finish", resolve);
    gone.addEventListener("abort", () => resolve());
  });
  writeHead(exchange, response, closes);
  if (!empty) exchange.sentBytes += body.length;
  if (empty || throttles.length === 0) response.end(empty ? undefined : body);
  else {
    const pipe = [Readable.from([body]), ...throttles.map((each) => each.stream()), response];
    await pipeline(pipe).catch((error) => {
      if (!gone.aborted) throw error;
    });
  }
  await out;
}

/**
 * Sends the head, and then a body as it comes. Settles when it is out or the client is gone.
 *
 * @throws {ServiceBrokeOff}
 */
export async function sendStream(
  exchange: Exchange,
  response: ServerResponse,
  body: Readable,
  { gone, throttles = [] }: SendOptions,
): Promise<void> {
  writeHead(exchange, response, false);
  if (!isEmpty(exchange) && exchange.responseHeaders.get("content-length") === undefined) {
    exchange.responseHeaders.set("Transfer-Encoding", ["chunked"]);
  }
  let broken: Error | undefined;
  body.on("error", (error) => broken ??= gone.aborted ? undefined : error);
  body.on("data", (chunk: Uint8Array) => exchange.sentBytes += chunk.length);
  try {
    await pipeline([body, ...throttles.map((each) => each.stream()), response]);
  } catch (error) {
    if (broken) throw new ServiceBrokeOff(broken.message);
    if (!gone.aborted) throw error;
  }
}
