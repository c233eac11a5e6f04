// A request that asks for another protocol (WebSocket): plugins see it as any other, then its connection
// and one to the service become one.
import { STATUS_CODES } from "node:http";
import type { IncomingMessage } from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { messageOf } from "../base/errors.ts";
import { balance } from "../kong/emulator/balancer/balance.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../kong/emulator/http/header_list.ts";
import { echo, ECHO_URL } from "./echo.ts";
import { markFailure, noteFailure } from "./failure_note.ts";
import { finish, type HandlerOptions, takeIn } from "./handler.ts";
import { readBody } from "./incoming.ts";
import { completeHead } from "./outgoing.ts";
import { endToEnd, requestOfService, type ServiceRequest, tlsOptions } from "./service.ts";

/** Longest head of a service's answer, in bytes. */
const HEAD_BYTES = 64 * 1024;

const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Handles a request. Settles when both connections are over.
 *
 * @param early what the client has sent behind its request
 */
export async function handleUpgrade(
  request: IncomingMessage,
  client: Duplex,
  early: Uint8Array,
  options: HandlerOptions,
): Promise<void> {
  const gone = new AbortController();
  client.on("error", () => {});
  client.on("close", () => gone.abort());
  // Nobody has read it, and what nobody has read must not reach the service behind the plugins' backs.
  if (hasBody(request)) return void client.end(WITH_BODY);
  const admission = await options.prox?.connections.admission(request.socket);
  if (admission === "denied") return;
  const begun = performance.now();
  const body = new Uint8Array(0);
  const entered = await takeIn(request, options, gone.signal, admission, body);
  const { exchange, way } = entered;
  options.observer?.entered(exchange, begun);
  try {
    const goesOn = way === "fallback" || (way === "on" && await options.chain.before(exchange));
    markFailure(exchange, options.observer?.failureOf(exchange));
    exchange.latencies.kong = Math.round(performance.now() - begun);
    const service = goesOn && !gone.signal.aborted
      ? await reach(exchange, request, options)
      : undefined;
    if (way === "on") noteFailure(exchange, options.stale);
    await options.prox?.leave(entered);
    if (way === "drop") client.destroy();
    else if (service) await join(exchange, client, service, early);
    else answer(exchange, client);
  } catch (error) {
    const message = `the connection broke off: ${messageOf(error)}`;
    exchange.node.log({ level: "err", requestId: exchange.requestId, message });
    client.destroy();
  }
  await finish(entered, options, begun);
}

const WITH_BODY = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

function hasBody({ headers }: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  return encoding !== undefined || Number(length) !== 0;
}

/** A service that has answered. */
interface Reached {
  readonly socket: Duplex;
  /** Whether it speaks the other protocol from now on; else nothing more of the client's is for it. */
  readonly isJoined: boolean;
  /** What came behind the head of its answer. */
  readonly rest: Uint8Array;
  /** The lines of the answer that belong to its connection. */
  readonly own: readonly HeaderLine[];
}

/** Asks the service; without an answer the response says what went wrong. */
async function reach(
  exchange: Exchange,
  { headers }: IncomingMessage,
  { observer }: HandlerOptions,
): Promise<Reached | undefined> {
  const asked = performance.now();
  if (!balance(exchange)) return undefined;
  const request = requestOfService(exchange);
  observer?.asking(exchange, request);
  try {
    // It speaks HTTP alone, as many services do.
    if (request.host === ECHO_URL.hostname) return await plainEcho(exchange, request);
    // Kong passes on that one alone.
    const isSocket = headers.upgrade?.toLowerCase() === "websocket";
    request.headers.set("Connection", [isSocket ? "Upgrade" : "close"]);
    if (isSocket) request.headers.set("Upgrade", ["websocket"]);
    return await ask(exchange, request);
  } catch (error) {
    const { host, port } = exchange.upstream;
    const message = `no answer from the service at ${host}:${port}: ${messageOf(error)}`;
    exchange.node.log({ level: "err", requestId: exchange.requestId, message });
    exchange.fail(502);
    return undefined;
  } finally {
    exchange.latencies.proxy = Math.round(performance.now() - asked);
    observer?.asked(exchange);
  }
}

async function plainEcho(exchange: Exchange, request: ServiceRequest): Promise<undefined> {
  const { status, headers, body } = echo(request);
  exchange.receive({ status, headers, body: await readBody(body, Infinity) ?? new Uint8Array(0) });
}

/** @throws {Error} if the service cannot be reached, or its answer is none */
async function ask(exchange: Exchange, request: ServiceRequest): Promise<Reached> {
  const { host, port, method, target, headers } = request;
  const socket = request.scheme === "https"
    ? tls.connect({ host, port, ...tlsOptions(request), ALPNProtocols: ["http/1.1"] })
    : net.connect({ host, port });
  const lines = headers.lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, "latin1");
  const { head, rest } = await readHead(socket, request.readMs);
  const [first = "", ...rows] = head.split("\r\n");
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(first) ?? [];
  if (status === undefined) throw new Error("it does not speak HTTP");
  const isJoined = Number(status) === 101;
  const isAsked = headers.get("upgrade") !== undefined;
  if (Number(status) < 200 && !(isJoined && isAsked)) {
    socket.destroy();
    throw new Error(`it answered ${status}, which was not asked for`);
  }
  const all = rows.map((row): HeaderLine => {
    const at = row.indexOf(":");
    return [row.slice(0, at), row.slice(at + 1).trim()];
  });
  const kept = endToEnd(all);
  exchange.receive({ status: Number(status), headers: kept });
  return { socket, rest, isJoined, own: isJoined ? connectionLines(all) : framing(all) };
}

const named = (lines: readonly HeaderLine[], ...names: string[]) =>
  lines.filter(([name]) => names.includes(name.toLowerCase()));

/** What makes the connections one. */
const connectionLines = (lines: readonly HeaderLine[]) => named(lines, "connection", "upgrade");

/** What says where a body ends that is passed on as it is; the connection ends with it. */
const framing = (lines: readonly HeaderLine[]): HeaderLine[] => [
  ...named(lines, "transfer-encoding"),
  ["Connection", "close"],
];

/** Reads up to the empty line. */
function readHead(
  socket: net.Socket,
  limitMs: number,
): Promise<{ readonly head: string; readonly rest: Uint8Array }> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`not within ${limitMs / 1000} s`)), limitMs);
    const closed = () => fail(new Error("it closed the connection"));
    const take = (bytes: Uint8Array) => {
      read = Buffer.concat([read, bytes]);
      const end = read.indexOf(HEAD_END);
      if (end < 0) {
        if (read.length > HEAD_BYTES) fail(new Error("its head is too long"));
        return;
      }
      clearTimeout(timer);
      socket.pause();
      socket.off("data", take).off("error", fail).off("close", closed);
      socket.on("error", () => {});
      resolve({
        head: read.subarray(0, end).toString("latin1"),
        rest: read.subarray(end + HEAD_END.length),
      });
    };
    socket.on("data", take).on("error", fail).on("close", closed);
  });
}

/** Writes the head, then lets both talk until one of them has had enough. */
async function join(
  exchange: Exchange,
  client: Duplex,
  { socket, rest, isJoined, own }: Reached,
  early: Uint8Array,
): Promise<void> {
  writeHead(exchange, client, own);
  if (rest.length > 0) client.write(rest);
  if (isJoined && early.length > 0) socket.write(early);
  exchange.sentBytes += rest.length;
  socket.on("data", (bytes: Uint8Array) => exchange.sentBytes += bytes.length);
  socket.pipe(client);
  // Another request on the connection would pass the plugins by.
  if (isJoined) client.pipe(socket);
  else client.resume().on("end", () => socket.destroy());
  const over = (one: Duplex) =>
    new Promise<void>((resolve) => {
      if (one.destroyed) return resolve();
      one.on("close", resolve);
    });
  await Promise.race([over(client), over(socket)]);
  // What is on its way still goes out; nobody answers to it.
  for (const one of [client, socket]) if (!one.writableEnded) one.end();
  socket.destroy();
  if (client.writableLength === 0) client.destroy();
}

/** Writes the response that stands in the exchange, and ends the connection with it. */
function answer(exchange: Exchange, client: Duplex): void {
  const body = exchange.responseBody ?? new Uint8Array(0);
  exchange.responseHeaders.set("Content-Length", [String(body.length)]);
  writeHead(exchange, client, [["Connection", "close"]]);
  client.end(body);
}

function writeHead(exchange: Exchange, client: Duplex, own: readonly HeaderLine[]): void {
  completeHead(exchange);
  const lines = new HeaderList([...endToEnd(exchange.responseHeaders.lines).lines, ...own]).lines;
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const { status } = exchange;
  const first = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
  const head = `${first}\r\nDate: ${new Date().toUTCString()}\r\n${text}\r\n`;
  exchange.sentBytes = head.length;
  client.write(head, "latin1");
}
