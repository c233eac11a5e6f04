// The variables that nginx has of a connection of TCP or TLS.
import process from "node:process";
import type { StreamExchange } from "./stream_exchange.ts";

type Variable = (exchange: StreamExchange) => string | number | undefined;

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3);

const VARIABLES: Readonly<Record<string, Variable>> = {
  bytes_received: ({ received }) => received.length,
  bytes_sent: ({ sent }) => sent.length,
  hostname: ({ node }) => node.hostname,
  msec: () => seconds(Date.now()),
  pid: () => process.pid,
  protocol: () => "TCP",
  realip_remote_addr: ({ original }) => original.client.ip,
  realip_remote_port: ({ original }) => original.client.port,
  remote_addr: ({ original }) => original.client.ip,
  remote_port: ({ original }) => original.client.port,
  server_addr: ({ original }) => original.server.ip,
  server_port: ({ original }) => original.server.port,
  session_time: ({ startedAt }) => seconds(Date.now() - startedAt),
  ssl_preread_server_name: ({ sni }) => sni ?? "",
  ssl_protocol: ({ original }) => original.tls?.version,
  ssl_server_name: ({ sni }) => sni,
  status: ({ status, source }) => source === undefined ? "000" : status,
  time_iso8601: () => new Date().toISOString().replace(/\.\d+Z$/, "+00:00"),
};

/** A variable's value as nginx's Lua module gives it: text, or nil where there is none. */
export function streamVariable(exchange: StreamExchange, name: string): string | undefined {
  const value = Object.hasOwn(VARIABLES, name) ? VARIABLES[name]!(exchange) : undefined;
  return value === undefined ? undefined : String(value);
}
