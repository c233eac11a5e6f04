// The PDK where nginx serves streams: fewer functions, and some that do something else.
import { Buffer } from "node:buffer";
import type { Phase } from "../../engine/phases.ts";
import { isLuaString, luaBytes, toText } from "../lua/bytes.ts";
import { luaJson } from "../lua/json.ts";
import { badArgument, type PdkContext, type PdkTable } from "../pdk/function.ts";
import { RequestExit, text } from "../pdk/function.ts";
import { PDK } from "../pdk/table.ts";
import type { StreamExchange } from "./stream_exchange.ts";
import { streamVariable } from "./stream_variables.ts";

/** Functions that Kong has for requests of HTTP alone, by what their names begin with. */
const HTTP_ONLY = [
  "kong.client.tls.",
  "kong.nginx.req_start_time",
  "kong.request.get_header",
  "kong.request.get_uri_captures",
  "kong.response.get_header",
  "kong.service.response.",
];

const PHASES: readonly Phase[] = ["certificate", "preread", "log"];

/** What of Kong's functions there is; the others raise, whatever the phase. */
function inStreams(): PdkTable {
  return Object.fromEntries(
    Object.entries(PDK).map(([name, { phases, run }]) => {
      const isLeft = !HTTP_ONLY.some((start) => name.startsWith(start));
      return [name, { phases: isLeft ? phases.filter((one) => PHASES.includes(one)) : [], run }];
    }),
  );
}

/** The statuses that Kong has for the end of a connection. */
const STATUSES: readonly unknown[] = [200, 400, 403, 500, 502, 503];

const streamOf = ({ exchange }: PdkContext) => exchange as StreamExchange;

/**
 * Ends the connection. A body goes to the client with a status that is no error, and to Kong's log
 * with one that is.
 */
function exit(context: PdkContext, [code, body]: readonly unknown[]): never {
  if (!STATUSES.includes(code)) throw badArgument("the status", `one of ${STATUSES.join(", ")}`);
  const status = code as number;
  if (body !== undefined && !isLuaString(body)) throw badArgument("the body", "a string", body);
  const { node, exchange, plugin } = context;
  const { requestId } = exchange;
  if (body !== undefined && status < 400) streamOf(context).sent = Buffer.from(luaBytes(body));
  else if (body !== undefined) {
    const message = `unable to proxy stream connection, status: ${status}, err: ${toText(body)}`;
    node.log({ level: "err", plugin: plugin.name, requestId, message });
  }
  exchange.status = status;
  exchange.source = "exit";
  throw new RequestExit("the connection ended");
}

/** The record of a connection that Kong's log plugins send, as JSON text. */
export function streamRecord(exchange: StreamExchange): string {
  const { original, status, received, sent, route, service, consumer, latencies } = exchange;
  const { tls, server, client } = original;
  return luaJson({
    session: {
      tls: tls && { version: tls.version, client_verify: "NONE" },
      received: received.length,
      sent: sent.length,
      status,
      server_port: server.port,
    },
    latencies: { kong: latencies.kong, session: latencies.request },
    tries: [],
    ...{ route, service, consumer },
    client_ip: client.ip,
    started_at: exchange.startedAt,
  });
}

const own = {
  "kong.nginx.get_var": (context: PdkContext, args: readonly unknown[]) =>
    streamVariable(streamOf(context), text(args[0], "the variable's name")),
  "kong.nginx.get_subsystem": () => "stream",
  "kong.response.exit": exit,
  "kong.log.serialize": (context: PdkContext) => streamRecord(streamOf(context)),
};

const left = inStreams();

/** Functions by their dotted name, for streams. */
export const STREAM_PDK: PdkTable = {
  ...left,
  ...Object.fromEntries(
    Object.entries(own).map(([name, run]) => [name, { phases: left[name]!.phases, run }]),
  ),
};
