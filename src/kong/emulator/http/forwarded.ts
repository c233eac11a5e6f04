// What X-Forwarded-* says of a request, believed only from trusted addresses.
import type { Exchange } from "../exchange.ts";
import { fromLine, type LuaString } from "../lua/bytes.ts";
import { inRange } from "./ip_ranges.ts";
import { normalizePath, splitTarget } from "./paths.ts";

/** Whether the address that a request comes from is one that Kong trusts. */
export function isTrusted(exchange: Exchange): boolean {
  const { ip } = exchange.original.client;
  return exchange.node.trustedIps.some((range) => inRange(ip, range));
}

/** The request as the client in front of all proxies made it. */
export interface ForwardedRequest {
  readonly ip: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: LuaString;
  readonly prefix: LuaString | undefined;
}

/** Host and port of `X-Forwarded-Host`. */
function parseHost(header: string): { host: string; port: number | undefined } {
  const authority = header.slice(header.indexOf("@") + 1);
  const [host = "", port] = authority.split(":");
  return { host: host.toLowerCase(), port: validPort(port) };
}

function validPort(text: string | undefined): number | undefined {
  const port = Number(text || NaN);
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? port : undefined;
}

const prefixOf = (line: string | undefined) => line === undefined ? undefined : fromLine(line);

/** Reads the headers of an exchange. */
export function forwarded(exchange: Exchange): ForwardedRequest {
  const { original } = exchange;
  const header = (name: string) => isTrusted(exchange) ? exchange.headers.get(name) : undefined;
  const hostHeader = header("x-forwarded-host");
  const host = hostHeader === undefined ? undefined : parseHost(hostHeader);
  const path = header("x-forwarded-path");
  const prefix = header("x-forwarded-prefix");
  return {
    ip: header("x-real-ip") ?? original.client.ip,
    scheme: header("x-forwarded-proto")?.toLowerCase() ?? original.scheme,
    host: host?.host ?? exchange.host,
    port: validPort(header("x-forwarded-port")) ?? host?.port ?? original.server.port,
    path: path === undefined ? normalizePath(splitTarget(original.target).path) : fromLine(path),
    prefix: prefixOf(prefix ?? exchange.strippedPrefix),
  };
}
