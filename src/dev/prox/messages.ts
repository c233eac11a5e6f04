// A request and a response of the gateway as prox's plugins see and change them. What prox makes of both
// comes from Go's net/http; decision 031 says how that is known.
import { hostPort } from "../../base/host_port.ts";
import type { Exchange, RequestParts } from "../../kong/emulator/exchange.ts";
import { type HeaderLine, HeaderList } from "../../kong/emulator/http/header_list.ts";
import { joinPaths, splitTarget } from "../../kong/emulator/http/paths.ts";
import type { AuthorizeResult, RequestInfo, ResponseModResult } from "../../prox/messages.ts";
import {
  requestHeaders,
  setRequestHeaders,
  setResponseHeaders,
  shownHeaders,
} from "./go_headers.ts";
import { decodePath, escapePluginPath, forwardedPath, utf8Text } from "./go_url.ts";

/** How much of a body plugins see, in bytes. */
const BODY_BYTES = 64 * 1024;

/** Methods whose bodies plugins do not see. */
const BODYLESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "DELETE"]);

/** What is known of the route. */
export interface RouteFacts {
  readonly routeId: string;
  readonly matchDomain: string;
  readonly matchGlob: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly target: string;
}

/** The host that a request names, without its port. */
export function hostOf({ headers }: RequestParts): string {
  return (new HeaderList(headers).get("host") ?? "").replace(/:\d*$/, "");
}

/**
 * The status that Go's HTTP server answers with, before prox sees the request.
 *
 * @returns undefined for a request that prox sees
 */
export function goRefusal({ target, headers, httpVersion = 1.1 }: RequestParts) {
  const hosts = new HeaderList(headers).all("host").length;
  if (hosts > 1 || (hosts === 0 && httpVersion >= 1.1)) return 400;
  if (decodePath(splitTarget(target).path) === undefined) return 400;
  // Only routes with `forward_proxy` take absolute URLs, and the gateway's route is none.
  return target.startsWith("/") ? undefined : 404;
}

/** A request for `on_request` and `on_response`. */
export function requestInfo(parts: RequestParts, route: RouteFacts): RequestInfo {
  const { path, query } = splitTarget(parts.target);
  const { ip, port } = parts.client ?? { ip: "127.0.0.1", port: 0 };
  const list = new HeaderList(parts.headers);
  const isChunked = list.all("transfer-encoding").length > 0;
  const contentLength = isChunked ? -1 : Number(list.all("content-length")[0] ?? 0);
  const isShown = contentLength > 0 && !BODYLESS.has(parts.method);
  return {
    ...route,
    method: parts.method,
    path: decodePath(path) ?? path,
    query: utf8Text(query),
    domain: hostOf(parts),
    host: list.get("host") ?? "",
    proto: `HTTP/${(parts.httpVersion ?? 1.1).toFixed(1)}`,
    remoteAddr: hostPort(ip, port),
    contentLength,
    headers: requestHeaders(list.lines),
    body: (isShown && parts.body ? parts.body : new Uint8Array(0)).subarray(0, BODY_BYTES),
  };
}

/**
 * The request that goes on after plugins have allowed it.
 *
 * @param target what was chosen for it; prox writes the path of a fixed upstream anew
 */
export function allowed(
  parts: RequestParts,
  verdict: AuthorizeResult,
  target: string,
): RequestParts {
  const { path, query } = splitTarget(parts.target);
  const newPath = verdict.rewritePath
    ? escapePluginPath(verdict.rewritePath)
    : forwardedPath(path, target !== "");
  const newQuery = verdict.cleanQuery ? "" : query;
  const headers = new HeaderList(parts.headers);
  setRequestHeaders(headers, verdict.headers);
  return {
    ...parts,
    target: newQuery === "" ? newPath : `${newPath}?${newQuery}`,
    headers: headers.lines as Iterable<HeaderLine>,
  };
}

/** Puts the answer to a request that was denied into the exchange. */
export function applyDenial(exchange: Exchange, { status, body, headers }: AuthorizeResult): void {
  setResponseHeaders(exchange.responseHeaders, headers);
  // Nothing but a final answer goes through Go's server: behind an informational one it sends 200.
  const isInformational = status !== undefined && status >= 100 && status < 200;
  applyText(exchange, isInformational ? 200 : status || 403, body ?? "");
}

/** Puts a text into the exchange as prox answers with one. */
export function applyText(exchange: Exchange, status: number, text: string): void {
  exchange.source = "exit";
  exchange.status = status;
  exchange.responseHeaders.set("X-Content-Type-Options", ["nosniff"]);
  const isEmpty = status === 204 || status === 304;
  exchange.responseHeaders.set("Content-Type", ["text/plain; charset=utf-8"]);
  if (status === 304) exchange.responseHeaders.remove("Content-Type");
  // Its length is found out when it is sent.
  exchange.responseHeaders.remove("Content-Length");
  exchange.responseBody = new TextEncoder().encode(isEmpty ? "" : `${text}\n`);
}

/**
 * The response that stands in the exchange, for `on_response`.
 *
 * @param isFixed whether it is from the route's own service: that one's date prox leaves out
 */
export function responseInfo({ status, responseHeaders }: Exchange, isFixed: boolean) {
  const headers = shownHeaders(responseHeaders.lines);
  if (isFixed) delete headers["Date"];
  return { status, headers };
}

/** Changes the response that stands in the exchange. */
export function modify(exchange: Exchange, { status, headers, remove }: ResponseModResult): void {
  if (status) exchange.status = status;
  for (const name of remove ?? []) exchange.responseHeaders.remove(name);
  setResponseHeaders(exchange.responseHeaders, headers);
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
