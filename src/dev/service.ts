// The service behind the gateway: a request to it, and its answer as a stream.
import type https from "node:https";
import { clearTimeout, setTimeout } from "node:timers";
import type { Readable } from "node:stream";
import { codeOf } from "../base/errors.ts";
import type { Exchange } from "../kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../kong/emulator/http/header_list.ts";
import { isTrusted } from "../kong/emulator/http/forwarded.ts";
import type { ServiceConnections } from "./service_connections.ts";

/** A request as it goes out. */
export interface ServiceRequest {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** Whether the service's certificate has to be one that is trusted. */
  readonly verify: boolean;
  /** How long the head of the answer may take, in milliseconds. */
  readonly readMs: number;
}

/** An answer whose body is still to be read. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Readable;
}

/** A service that gave no answer in time. */
export class ServiceTimeout extends Error {
  override readonly name = "ServiceTimeout";
}

/** Headers that belong to one connection, and are not passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Lines without those that belong to one connection. */
export function endToEnd(lines: readonly HeaderLine[]): HeaderList {
  const named = lines.filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(",").map((name) => name.trim()));
  return new HeaderList(lines.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !named.includes(lower);
  }));
}

/** Methods for which nobody expects a body. */
const BODYLESS: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** The request that an exchange makes of its service, with the headers that Kong adds. */
export function requestOfService(exchange: Exchange): ServiceRequest {
  const { upstream, method, query, body } = exchange;
  const headers = endToEnd(exchange.headers.lines);
  headers.remove("expect");
  // Who takes trailers says so to whoever sends them.
  if (exchange.headers.all("te").some((value) => /\btrailers\b/i.test(value))) {
    headers.set("TE", ["trailers"]);
  }
  headers.set("Host", [upstream.hostHeader ?? hostWithPort(upstream)]);
  headers.remove("x-forwarded-prefix");
  for (const [name, value] of forwardingHeaders(exchange)) headers.set(name, [value]);
  // Otherwise node:http would send it in chunks, which nginx does not.
  const sized = body.length > 0 || headers.get("content-length") !== undefined ||
    !BODYLESS.has(method);
  if (sized) headers.set("Content-Length", [String(body.length)]);
  const target = query === "" ? upstream.path : `${upstream.path}?${query}`;
  return {
    scheme: upstream.scheme,
    host: upstream.host,
    port: upstream.port,
    method,
    target: escapeTarget(target),
    headers,
    body,
    verify: upstream.tlsVerify ?? true,
    readMs: upstream.timeouts.read,
  };
}

function hostWithPort(to: { scheme: string; host: string; port: number }): string {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  return to.port === (to.scheme === "https" ? 443 : 80) ? host : `${host}:${to.port}`;
}

function forwardingHeaders(exchange: Exchange): HeaderLine[] {
  const { original, headers, requestId } = exchange;
  const { client, scheme, server } = original;
  const given = (name: string, own: string) => (isTrusted(exchange) && headers.get(name)) || own;
  const before = headers.all("x-forwarded-for");
  const via = headers.all("via");
  return [
    ["X-Real-IP", given("x-real-ip", client.ip)],
    ["X-Forwarded-For", [...before, client.ip].join(", ")],
    ["X-Forwarded-Proto", given("x-forwarded-proto", scheme)],
    ["X-Forwarded-Host", given("x-forwarded-host", exchange.clientHost)],
    ["X-Forwarded-Port", given("x-forwarded-port", String(server.port))],
    ["X-Forwarded-Path", given("x-forwarded-path", original.target.split("?")[0]!)],
    ...strippedPrefix(exchange),
    ["Via", [...via, `${original.httpVersion.toFixed(1)} gibbon`].join(", ")],
    ["X-Kong-Request-Id", requestId],
  ];
}

/** What the route took off the path. */
function strippedPrefix(exchange: Exchange): HeaderLine[] {
  const given = isTrusted(exchange) ? exchange.headers.get("x-forwarded-prefix") : undefined;
  const prefix = given ?? exchange.strippedPrefix;
  return prefix === undefined ? [] : [["X-Forwarded-Prefix", prefix]];
}

/** What no request line can have is escaped; plugins may have put it there. */
function escapeTarget(target: string): string {
  return target.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x20\x7f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** What a service does to a connection that it has had enough of, just when it is used again. */
const STALE: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Sends a request. One that meets a connection which the service has just closed is sent again.
 *
 * @param signal ends it, because the client is gone
 * @throws {ServiceTimeout} and whatever node:http has to say of connections
 */
export function callService(
  request: ServiceRequest,
  services: ServiceConnections,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    const isSecure = request.scheme === "https";
    const outgoing = services.request({
      host: request.host,
      port: request.port,
      method: request.method,
      path: request.target,
      headers: request.headers.lines.flat(),
      setHost: false,
      signal,
      ...(isSecure ? tlsOptions(request) : {}),
    }, isSecure);
    const timer = setTimeout(() => {
      const seconds = request.readMs / 1000;
      outgoing.destroy(new ServiceTimeout(`no answer within ${seconds} s`));
    }, request.readMs);
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      const isStale = outgoing.reusedSocket && STALE.has(codeOf(error));
      if (isStale && !signal.aborted) resolve(callService(request, services, signal));
      else reject(error);
    });
    outgoing.on("response", (response) => {
      clearTimeout(timer);
      const headers = new HeaderList(pairs(response.rawHeaders));
      resolve({ status: response.statusCode ?? 502, headers, body: response });
    });
    outgoing.end(request.body);
  });
}

/** How TLS to a service is spoken. */
export function tlsOptions(
  { headers, verify }: ServiceRequest,
): Pick<https.RequestOptions, "rejectUnauthorized" | "servername"> {
  const name = headers.get("host")?.replace(/:\d+$/, "") ?? "";
  // An address is no name that TLS could ask for.
  const isName = !/^[\d.]+$/.test(name) && !name.startsWith("[");
  return { rejectUnauthorized: verify, ...(isName ? { servername: name } : {}) };
}

/** node:http's raw headers, name and value in turns, as lines. */
export function pairs(raw: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push([raw[i]!, raw[i + 1]!]);
  return lines;
}
