// kong.request: the client's request, with the changes that plugins made to it.
import { forwarded } from "../http/forwarded.ts";
import { FORM, parseBody } from "../http/bodies.ts";
import { normalizePath, splitTarget } from "../http/paths.ts";
import { parseArguments } from "../http/query.ts";
import { fromLine, type LuaString } from "../lua/bytes.ts";
import { headerName } from "../http/header_values.ts";
import {
  inPhases,
  maximum,
  type PdkContext,
  REQUEST,
  REQUEST_AND_LOG,
  text,
  WITH_VARIABLES,
} from "./function.ts";

const rawPath = ({ exchange }: PdkContext) => splitTarget(exchange.original.target).path;

/** A header's first value. */
function header({ exchange }: PdkContext, name: unknown): LuaString | undefined {
  const line = exchange.headers.get(headerName(name));
  return line === undefined ? undefined : fromLine(line);
}

function queryArgument({ exchange }: PdkContext, args: readonly unknown[]): unknown {
  const name = text(args[0], "the argument's name");
  const value = parseArguments(exchange.query, 100).get(name);
  return Array.isArray(value) ? value[0] : value;
}

/**
 * The body, or nil if Kong keeps it in a file: it is larger than the buffer, and the call does not
 * say how large a file may be (0: of any size).
 */
function rawBody({ exchange, node }: PdkContext, most: unknown): Uint8Array | undefined {
  const { body } = exchange;
  if (body.length <= node.clientBodyBufferBytes) return body;
  if (typeof most !== "number" || most < 0) return undefined;
  return most === 0 || body.length <= most ? body : undefined;
}

/** As `rawBody`, with a word in the log on why there is none: Kong's own error gets lost. */
function explainedBody(context: PdkContext, most: unknown): Uint8Array | undefined {
  const body = rawBody(context, most);
  if (body !== undefined) return body;
  const { exchange, node, plugin } = context;
  node.log({
    level: "warn",
    plugin: plugin.name,
    requestId: exchange.requestId,
    message: `a request body of ${exchange.body.length} bytes is not in memory (up to ` +
      `${node.clientBodyBufferBytes} bytes are: client_body_buffer_size); ask with a size of 0`,
  });
  return undefined;
}

function parsedBody(context: PdkContext, args: readonly unknown[]): unknown {
  const [type, max, size] = args;
  const wanted = type === undefined
    ? context.exchange.headers.get("content-type")
    : text(type, "the media type");
  if (wanted === undefined) return undefined;
  // Forms in a file cannot be read at all.
  const isForm = wanted.toLowerCase().startsWith(FORM);
  const body = explainedBody(context, isForm ? undefined : size);
  return body && parseBody(body, wanted, isForm ? maximum(max, "max_args") : 100);
}

/** Functions of `kong.request`. */
export const request = {
  ...inPhases(WITH_VARIABLES, {
    "kong.request.get_port": ({ exchange }) => exchange.original.server.port,
  }),
  ...inPhases(REQUEST, {
    "kong.request.get_scheme": ({ exchange }) => exchange.original.scheme,
    "kong.request.get_host": ({ exchange }) => exchange.host,
    "kong.request.get_forwarded_scheme": ({ exchange }) => forwarded(exchange).scheme,
    "kong.request.get_forwarded_host": ({ exchange }) => forwarded(exchange).host,
    "kong.request.get_forwarded_port": ({ exchange }) => forwarded(exchange).port,
    "kong.request.get_forwarded_path": ({ exchange }) => forwarded(exchange).path,
    "kong.request.get_forwarded_prefix": ({ exchange }) => forwarded(exchange).prefix,
    "kong.request.get_http_version": ({ exchange }) => exchange.original.httpVersion,
    "kong.request.get_method": ({ exchange }) => exchange.method,
    "kong.request.get_path": (context) => normalizePath(rawPath(context)),
    "kong.request.get_raw_path": (context) => fromLine(rawPath(context)),
    "kong.request.get_path_with_query": ({ exchange }) => fromLine(exchange.original.target),
    "kong.request.get_raw_query": ({ exchange }) => fromLine(exchange.query),
    "kong.request.get_query_arg": queryArgument,
    "kong.request.get_query": ({ exchange }, args) =>
      parseArguments(exchange.query, maximum(args[0], "max_args")),
    "kong.request.get_raw_body": (context, args) => explainedBody(context, args[0]),
    "kong.request.get_body": parsedBody,
  }),
  ...inPhases(REQUEST_AND_LOG, {
    "kong.request.get_header": (context, args) => header(context, args[0]),
    "kong.request.get_headers": ({ exchange }, args) =>
      exchange.headers.toTable(maximum(args[0], "max_headers")),
    "kong.request.get_start_time": ({ exchange }) => exchange.startedAt,
    "kong.request.get_uri_captures": ({ exchange }) => {
      const captures = [...exchange.captures];
      const named = captures.filter(([name]) => typeof name === "string");
      const unnamed = captures.filter(([name]) => typeof name === "number");
      return {
        named: Object.fromEntries(named),
        // Counted from 0, which is no array in Lua.
        unnamed: unnamed.length === 0 ? [] : new Map(unnamed),
      };
    },
  }),
};
