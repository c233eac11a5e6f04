// The record of a request that Kong's log plugins send: what kong.log.serialize gives.
import type { Exchange, SerializeEdit } from "../exchange.ts";
import { parseArguments } from "../http/query.ts";
import { luaJson } from "../lua/json.ts";
import { isLuaTable } from "../lua/values.ts";
import { failed } from "./function.ts";
import { headBytes } from "./nginx_variables.ts";

type Table = Record<string, unknown>;

/** Kong never logs what these headers say. */
const REDACTED: readonly SerializeEdit[] = ["authorization", "proxy-authorization"].map((name) => ({
  key: `request.headers.${name}`,
  value: "REDACTED",
  mode: "replace",
}));

/** The record as JSON text, with the edits that plugins asked for. */
export function logRecord(exchange: Exchange): string {
  const record = collect(exchange);
  for (const edit of [...REDACTED, ...exchange.serializeEdits]) apply(record, edit);
  return luaJson(record);
}

function collect(exchange: Exchange): Table {
  const { original, upstream, query } = exchange;
  const { scheme, server, client, target, tls } = original;
  const credential = exchange.credential as { id?: unknown; consumer_id?: unknown } | undefined;
  return {
    request: {
      uri: target,
      url: `${scheme}://${exchange.host}:${server.port}${target}`,
      method: exchange.method,
      querystring: Object.fromEntries(parseArguments(query, 100)),
      headers: Object.fromEntries(exchange.headers.toTable(100)),
      size: headBytes(exchange) + exchange.body.length,
      tls: tls && { version: tls.version, client_verify: exchange.clientVerify ?? "NONE" },
    },
    response: {
      status: exchange.status,
      headers: Object.fromEntries(exchange.responseHeaders.toTable(100)),
      size: exchange.sentBytes,
    },
    upstream_uri: query === "" ? upstream.path : `${upstream.path}?${query}`,
    upstream_status: exchange.serviceResponse && String(exchange.serviceResponse.status),
    tries: exchange.serviceResponse ? [{ ip: upstream.host, port: upstream.port }] : [],
    latencies: { ...exchange.latencies },
    authenticated_entity: credential && {
      id: credential.id,
      consumer_id: credential.consumer_id,
    },
    route: exchange.route,
    service: exchange.service,
    consumer: exchange.consumer,
    client_ip: client.ip,
    started_at: exchange.startedAt,
    source: exchange.source === "service" ? "upstream" : exchange.source,
  };
}

/** Sets a value; dots in the key lead into tables. */
function apply(record: Table, { key, value, mode }: SerializeEdit): void {
  const names = key.split(".");
  const last = names.pop()!;
  let at = record;
  for (const name of names) {
    if (at[name] === undefined) {
      if (mode === "replace") return;
      at[name] = {};
    }
    const next = at[name];
    if (!isLuaTable(next)) throw failed(`${key} leads through ${name}, which is no table`);
    at = next as Table;
  }
  const there = at[last] !== undefined;
  if (mode === "set" || there === (mode === "replace")) at[last] = value;
}
