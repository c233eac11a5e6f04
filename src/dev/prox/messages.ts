// A request and a response of the gateway as prox's plugins see and change them.
import { hostPort } from "../../base/host_port.ts";
import type { Exchange, RequestParts } from "../../kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../../kong/emulator/http/header_list.ts";
import { joinPaths, splitTarget } from "../../kong/emulator/http/paths.ts";
import type {
  AuthorizeResult,
  Headers,
  RequestInfo,
  ResponseModResult,
} from "../../prox/messages.ts";

/** How much of a body plugins see, in bytes. */
const BODY_BYTES = 64 * 1024;

/** What is known of the route. */
export interface RouteFacts {
  readonly routeId: string;
  readonly domain: string;
  readonly matchDomain: string;
  readonly matchGlob: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly target: string;
}

/** A request for `on_request` and `on_response`. */
export function requestInfo(parts: RequestParts, route: RouteFacts): RequestInfo {
  const { path, query } = splitTarget(parts.target);
  const headers = new HeaderList(parts.headers);
  const { ip, port } = parts.client ?? { ip: "127.0.0.1", port: 0 };
  const length = headers.get("content-length");
  return {
    ...route,
    method: parts.method,
    path,
    query,
    host: headers.get("host") ?? "",
    proto: `HTTP/${(parts.httpVersion ?? 1.1).toFixed(1)}`,
    remoteAddr: hostPort(ip, port),
    contentLength: length === undefined ? -1 : Number(length),
    headers: joined(headers),
    body: (parts.body ?? new Uint8Array(0)).subarray(0, BODY_BYTES),
  };
}

/** The request that goes on after plugins have allowed it. */
export function allowed(parts: RequestParts, verdict: AuthorizeResult): RequestParts {
  const { path, query } = splitTarget(parts.target);
  const newPath = verdict.rewritePath ? verdict.rewritePath : path;
  const newQuery = verdict.cleanQuery ? "" : query;
  const headers = new HeaderList(parts.headers);
  setAll(headers, verdict.headers);
  const target = newQuery === "" ? newPath : `${newPath}?${newQuery}`;
  return { ...parts, target, headers: headers.lines as Iterable<HeaderLine> };
}

/** Headers as plugins see them: one value a name. */
export function joined(headers: HeaderList): Record<string, string> {
  const found: Record<string, string> = {};
  const names = new Map(headers.lines.map(([name]) => [name.toLowerCase(), name]));
  for (const name of names.values()) found[name] = headers.all(name).join(", ");
  return found;
}

/** Puts the answer to a request that was denied into the exchange. */
export function applyDenial(exchange: Exchange, { status, body, headers }: AuthorizeResult): void {
  exchange.source = "exit";
  exchange.status = status ? status : 403;
  exchange.setBody(new TextEncoder().encode(body ?? ""), "text/plain; charset=utf-8");
  setAll(exchange.responseHeaders, headers);
}

/** Changes the response that stands in the exchange. */
export function modify(exchange: Exchange, { status, headers, remove }: ResponseModResult): void {
  if (status) exchange.status = status;
  for (const name of remove ?? []) exchange.responseHeaders.remove(name);
  setAll(exchange.responseHeaders, headers);
}

/** Sends the exchange elsewhere: to `host:port`, or to an http(s) URL. False for what is neither. */
export function redirect(exchange: Exchange, target: string): boolean {
  const { upstream, original } = exchange;
  const text = /^https?:\/\//.test(target) ? target : `http://${target}`;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  upstream.scheme = url.protocol === "https:" ? "https" : "http";
  upstream.host = url.hostname.replace(/^\[|\]$/g, "");
  upstream.port = url.port === "" ? (upstream.scheme === "https" ? 443 : 80) : Number(url.port);
  const base = url.pathname === "/" ? undefined : url.pathname;
  upstream.path = joinPaths(base, splitTarget(original.target).path);
  exchange.isRedirected = true;
  return true;
}

function setAll(list: HeaderList, headers: Headers = {}): void {
  for (const [name, value] of Object.entries(headers)) list.set(name, [value]);
}
