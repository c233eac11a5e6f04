// The PDK in ProtoBuf:1: which functions it can carry, as which call of Kong's, in which messages.
import { GibbonError } from "../../../base/errors.ts";
import * as args from "./arguments.ts";
import { rawBody } from "./bodies.ts";
import * as entities from "./entities.ts";
import * as end from "./exit.ts";
import * as log from "./log.ts";
import * as results from "./results.ts";

/** The messages of a PDK function. */
interface Carriage {
  readonly args: args.ArgumentEncoder;
  readonly result: results.Result;
  /** What Kong is asked instead, where it has no such message or can answer another one better. */
  readonly as?: string;
}

/** How a PDK function travels. */
export interface CarriedFunction extends Carriage {
  /** The name of what Kong is asked, in UTF-8. */
  readonly name: Uint8Array;
}

const { none, text, maximum, entry, header, headers } = args;
const { nothing, optional } = results;
const optionalText = optional(results.text);

const call = (args: args.ArgumentEncoder, result: results.Result): Carriage => ({ args, result });

const logs = call(log.loggedArguments, nothing);

const CARRIAGES: Readonly<Record<string, Carriage>> = {
  "kong.client.get_ip": call(none, results.text),
  "kong.client.get_forwarded_ip": call(none, results.text),
  "kong.client.get_port": call(none, results.integer),
  "kong.client.get_forwarded_port": call(none, results.integer),
  "kong.client.get_credential": call(none, entities.credential),
  "kong.client.load_consumer": call(args.consumerSpec, entities.consumer),
  "kong.client.get_consumer": call(none, entities.consumer),
  "kong.client.authenticate": call(entities.authentication, nothing),
  "kong.client.get_protocol": call(args.flag, optionalText),

  "kong.ctx.shared.get": call(text, results.value),
  "kong.ctx.shared.set": call(entry, nothing),

  "kong.ip.is_trusted": call(text, optional(results.flag)),

  "kong.log": { ...logs, as: "kong.log.notice" },
  // The level below.
  "kong.log.emerg": { ...logs, as: "kong.log.alert" },
  "kong.log.alert": logs,
  "kong.log.crit": logs,
  "kong.log.err": logs,
  "kong.log.warn": logs,
  "kong.log.notice": logs,
  "kong.log.info": logs,
  "kong.log.debug": logs,
  "kong.log.deprecation": { ...call(log.deprecation, nothing), as: "kong.log.warn" },
  "kong.log.inspect": { ...call(log.inspectedArguments, nothing), as: "kong.log.debug" },
  "kong.log.set_serialize_value": call(args.serializeValue, nothing),
  "kong.log.serialize": call(none, results.document),

  "kong.nginx.get_var": call(text, optionalText),
  "kong.nginx.get_tls1_version_str": call(none, optionalText),
  "kong.nginx.get_ctx": call(text, results.value),
  "kong.nginx.set_ctx": call(entry, nothing),
  "kong.nginx.req_start_time": call(none, results.number),
  "kong.nginx.get_subsystem": call(none, results.text),

  "kong.node.get_id": call(none, results.text),
  "kong.node.get_memory_stats": call(args.memoryUnit, entities.memoryStats),

  "kong.request.get_scheme": call(none, results.text),
  "kong.request.get_host": call(none, results.text),
  "kong.request.get_port": call(none, results.integer),
  "kong.request.get_forwarded_scheme": call(none, results.text),
  "kong.request.get_forwarded_host": call(none, results.text),
  "kong.request.get_forwarded_port": call(none, results.integer),
  "kong.request.get_http_version": call(none, optional(results.number)),
  "kong.request.get_method": call(none, results.text),
  "kong.request.get_path": call(none, results.text),
  "kong.request.get_raw_path": {
    ...call(none, results.path),
    as: "kong.request.get_path_with_query",
  },
  "kong.request.get_path_with_query": call(none, results.text),
  "kong.request.get_raw_query": call(none, results.text),
  // Kong's own answer has no room for an argument without a value: it would break the event off.
  "kong.request.get_query_arg": {
    ...call(() => maximum([]), results.argument),
    as: "kong.request.get_query",
  },
  "kong.request.get_query": call(maximum, results.multimap),
  "kong.request.get_header": call(text, optionalText),
  "kong.request.get_headers": call(maximum, results.multimap),
  "kong.request.get_raw_body": call(none, rawBody),
  "kong.request.get_uri_captures": call(none, results.captures),

  "kong.response.get_status": call(none, results.integer),
  "kong.response.get_header": call(text, optionalText),
  "kong.response.get_headers": call(maximum, results.multimap),
  "kong.response.get_source": call(none, results.text),
  "kong.response.set_status": call(args.integer, nothing),
  "kong.response.set_header": call(header, nothing),
  "kong.response.add_header": call(header, nothing),
  "kong.response.clear_header": call(text, nothing),
  "kong.response.set_headers": call(headers, nothing),
  "kong.response.exit": call(end.exit, nothing),
  "kong.response.error": { ...call(end.error, nothing), as: "kong.response.exit" },

  "kong.router.get_route": call(none, entities.route),
  "kong.router.get_service": call(none, entities.serviceEntity),

  "kong.service.set_upstream": call(text, optional(results.flag)),
  "kong.service.set_target": call(args.target, nothing),
  "kong.service.request.set_scheme": call(text, nothing),
  "kong.service.request.set_path": call(text, nothing),
  "kong.service.request.set_raw_query": call(text, nothing),
  "kong.service.request.set_method": call(text, nothing),
  "kong.service.request.set_query": call(args.query, nothing),
  "kong.service.request.set_header": call(header, nothing),
  "kong.service.request.add_header": call(header, nothing),
  "kong.service.request.clear_header": call(text, nothing),
  "kong.service.request.set_headers": call(headers, nothing),
  "kong.service.request.set_raw_body": call(args.bytes, nothing),
  "kong.service.response.get_status": call(none, optional(results.integer)),
  "kong.service.response.get_header": call(text, optionalText),
  "kong.service.response.get_headers": call(maximum, results.multimap),
  "kong.service.response.get_raw_body": call(none, results.bytes),
};

const encoder = new TextEncoder();

/** The functions that ProtoBuf:1 can carry. */
export const CARRIED_FUNCTIONS: ReadonlyMap<string, CarriedFunction> = new Map(
  Object.entries(CARRIAGES).map(([method, carriage]) => {
    const name = encoder.encode(carriage.as ?? method);
    return [method, { ...carriage, name }];
  }),
);

/**
 * Finds how a function travels.
 *
 * @throws {GibbonError} PDK_FAILED for a function that ProtoBuf:1 cannot carry
 */
export function findFunction(method: string): CarriedFunction {
  const found = CARRIED_FUNCTIONS.get(method);
  if (found) return found;
  throw new GibbonError("PDK_FAILED", "Kong has no message for it in ProtoBuf:1", {
    remedy: withoutIt(method),
  });
}

/** What to do where ProtoBuf:1 cannot carry a function. */
export function withoutIt(method: string): string {
  const instead = INSTEAD.get(method);
  return `${instead === undefined ? "Do" : `${instead}, or do`} without it, or let Kong use ` +
    "the plugin over MsgPack:1.";
}

/** What plugins can do where Kong has no message for a function. */
const INSTEAD: ReadonlyMap<string, string> = new Map(Object.entries({
  "kong.request.get_body": "Decode kong.request.getRawBodyText() in the plugin",
  "kong.request.get_start_time": "Use kong.nginx.reqStartTime(), in seconds",
  "kong.service.request.set_body":
    "Use kong.service.request.setRawBody() and set the Content-Type header",
  "kong.service.request.clear_query_arg":
    "Use kong.request.getQuery() and kong.service.request.setQuery()",
  "kong.service.request.enable_buffering": "Give the plugin a response handler",
  "kong.service.response.get_body": "Decode kong.service.response.getRawBodyText() in the plugin",
}));
