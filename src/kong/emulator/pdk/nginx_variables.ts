// The nginx variables that can be told from an exchange.
import process from "node:process";
import type { Exchange } from "../exchange.ts";
import { normalizePath, splitTarget } from "../http/paths.ts";
import { parseArguments } from "../http/query.ts";
import { fromLine, type LuaString, toText } from "../lua/bytes.ts";
import { forwarded } from "../http/forwarded.ts";

/** Length of the request as it was on the wire, up to its body. */
export function headBytes({ original, headers }: Exchange): number {
  const line = `${original.method} ${original.target} HTTP/1.1\r\n\r\n`;
  const fields = headers.lines.reduce((sum, [name, value]) => {
    return sum + name.length + value.length + 4;
  }, 0);
  return line.length + fields;
}

type Variable = (exchange: Exchange) => LuaString | number | undefined;

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3);
const path = ({ original }: Exchange) => normalizePath(splitTarget(original.target).path);

const VARIABLES: Readonly<Record<string, Variable>> = {
  args: ({ query }) => fromLine(query),
  bytes_sent: ({ sentBytes }) => sentBytes,
  content_length: ({ headers }) => headers.get("content-length"),
  content_type: ({ headers }) => headers.get("content-type"),
  document_uri: path,
  host: ({ host }) => host,
  hostname: ({ node }) => node.hostname,
  https: ({ original }) => original.scheme === "https" ? "on" : "",
  is_args: ({ query }) => query === "" ? "" : "?",
  kong_request_id: ({ requestId }) => requestId,
  msec: () => seconds(Date.now()),
  pid: () => process.pid,
  query_string: ({ query }) => fromLine(query),
  realip_remote_addr: ({ original }) => original.client.ip,
  realip_remote_port: ({ original }) => original.client.port,
  remote_addr: (exchange) => forwarded(exchange).ip,
  remote_port: ({ original }) => original.client.port,
  request: ({ original }) =>
    `${original.method} ${original.target} HTTP/${original.httpVersion.toFixed(1)}`,
  request_body: ({ body }) => body.length > 0 ? body : undefined,
  request_id: ({ requestId }) => requestId,
  // The body counts once it was read.
  request_length: (exchange) =>
    headBytes(exchange) + (exchange.source === undefined ? 0 : exchange.body.length),
  request_method: ({ method }) => method,
  request_time: ({ startedAt }) => seconds(Date.now() - startedAt),
  request_uri: ({ original }) => fromLine(original.target),
  scheme: ({ original }) => original.scheme,
  server_addr: ({ original }) => original.server.ip,
  server_port: ({ original }) => original.server.port,
  server_protocol: ({ original }) => `HTTP/${original.httpVersion.toFixed(1)}`,
  ssl_protocol: ({ original }) => original.tls?.version,
  status: ({ status, source }) => source === undefined ? "000" : status,
  time_iso8601: () => new Date().toISOString().replace(/\.\d+Z$/, "+00:00"),
  upstream_host: ({ upstream }) => upstream.hostHeader ?? upstream.host,
  upstream_scheme: ({ upstream }) => upstream.scheme,
  upstream_status: ({ serviceResponse }) => serviceResponse?.status,
  upstream_uri: ({ upstream }) => fromLine(upstream.path),
  uri: path,
};

/** Families of variables: a prefix, and what stands behind it. */
const FAMILIES: readonly (readonly [
  prefix: string,
  variable: (exchange: Exchange, name: string) => LuaString | undefined,
])[] = [
  ["sent_http_", ({ responseHeaders }, name) => line(responseHeaders.get(name))],
  ["upstream_http_", ({ serviceResponse }, name) => line(serviceResponse?.headers.get(name))],
  ["http_", ({ headers }, name) => line(headers.get(name))],
  ["arg_", ({ query }, name) => {
    const value = parseArguments(query, Infinity).get(name);
    const first = Array.isArray(value) ? value[0] : value;
    return first === true ? "" : first;
  }],
  ["cookie_", ({ headers }, name) => {
    const pairs = headers.all("cookie").flatMap((cookie) => cookie.split(/;\s*/));
    return line(pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1));
  }],
];

const line = (value: string | undefined) => value === undefined ? undefined : fromLine(value);

/** A variable's value as nginx's Lua module gives it: text, or nil where there is none. */
export function nginxVariable(exchange: Exchange, name: string): LuaString | undefined {
  if (Object.hasOwn(VARIABLES, name)) {
    const value = VARIABLES[name]!(exchange);
    return typeof value === "number" ? String(value) : value;
  }
  for (const [prefix, variable] of FAMILIES) {
    if (name.startsWith(prefix)) return variable(exchange, toText(name.slice(prefix.length)));
  }
  return undefined;
}
