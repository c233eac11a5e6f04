// The step between rewrite and access: the router finds the route, and turns away what it is not for.
import type { Exchange } from "./exchange.ts";
import { acceptedType, errorBody } from "./http/error_body.ts";
import { Buffer } from "node:buffer";
import { isTrusted } from "./http/forwarded.ts";
import { normalizePath, splitTarget } from "./http/paths.ts";
import { toLine } from "./lua/bytes.ts";

/**
 * Finds the route of an exchange. Without one, or with a protocol that the route does not have, the
 * response says so, as Kong says it.
 *
 * @returns whether there is a route, so that its plugins are for the request
 */
export function routeRequest(exchange: Exchange): boolean {
  const { node: { router }, original, method, headers } = exchange;
  if (!router) return true;
  const match = router.find({
    method,
    path: toLine(normalizePath(splitTarget(original.target).path)),
    host: headers.get("host"),
    scheme: original.scheme,
    port: original.server.port,
    sni: original.tls?.sni,
    headers: headers.lines,
  });
  if (!match) {
    kongError(exchange, 404, "no Route matched with those values");
    return false;
  }
  exchange.take(match);
  checkProtocol(exchange);
  return exchange.source === undefined;
}

/** Turns away a request that is not of the route's protocol. */
function checkProtocol(exchange: Exchange): void {
  const { route, original, headers } = exchange;
  const has = (protocol: string) => (route?.protocols as string[]).includes(protocol);
  const forwarded = isTrusted(exchange) ? headers.get("x-forwarded-proto") : undefined;
  const isHttps = (forwarded ?? original.scheme) === "https";
  if (has("https") && !has("http") && !isHttps) return toHttps(exchange);
  if (!has("grpc") && !has("grpcs")) return;
  if (!headers.get("content-type")?.startsWith("application/grpc")) {
    return kongError(exchange, 415, "Non-gRPC request matched gRPC route");
  }
  if (original.httpVersion < 2) {
    exchange.responseHeaders.set("Connection", ["Upgrade"]);
    exchange.responseHeaders.set("Upgrade", ["HTTP/2"]);
    return kongError(exchange, 426, "Please use HTTP2 protocol");
  }
  if (!has("grpc") && !isHttps) {
    exchange.status = 200;
    exchange.source = "exit";
    exchange.setBody(new Uint8Array(0), "application/grpc");
    exchange.responseHeaders.set("grpc-status", ["1"]);
    exchange.responseHeaders.set("grpc-message", ["gRPC request matched gRPCs route"]);
  }
}

/** The answer to a request without TLS for a route that wants it. */
function toHttps(exchange: Exchange): void {
  const status = Number(exchange.route?.https_redirect_status_code ?? 426);
  if (status === 426) {
    exchange.responseHeaders.set("Connection", ["Upgrade"]);
    exchange.responseHeaders.set("Upgrade", ["TLS/1.2, HTTP/1.1"]);
    return kongError(exchange, 426, "Please use HTTPS protocol");
  }
  const { target } = exchange.original;
  exchange.responseHeaders.set("Location", [`https://${exchange.host}${target}`]);
  exchange.status = status;
  exchange.source = "exit";
  exchange.setBody(new Uint8Array(0));
}

/** Answers with an error of Kong's, in the form that the client likes. */
export function kongError(exchange: Exchange, status: number, message: string): void {
  const type = acceptedType(exchange.headers.get("accept"));
  exchange.status = status;
  exchange.source = "exit";
  exchange.setBody(Buffer.from(errorBody(type, message, exchange.requestId)), type);
}
