// kong.response: the response to the client, made by the service or by a plugin.
import { Buffer } from "node:buffer";
import type { Exchange } from "../exchange.ts";
import { acceptedType, errorBody, statusMessage, statusPage } from "../http/error_body.ts";
import { headerName, headerTable, headerValues } from "../http/header_values.ts";
import { isLuaString, luaBytes, toText } from "../lua/bytes.ts";
import { luaJson } from "../lua/json.ts";
import { isLuaTable } from "../lua/values.ts";
import {
  badArgument,
  inPhases,
  integer,
  maximum,
  type PdkContext,
  REQUEST,
  RequestExit,
  RESPONDED,
} from "./function.ts";

/** nginx's Lua module writes underscores in names of response headers as dashes. */
const dashed = (name: string) => name.replaceAll("_", "-");

/** Sets headers, but for the one that is nginx's own business. */
function setHeaders(context: PdkContext, headers: readonly [string, string[]][]): void {
  const { exchange, node, plugin } = context;
  for (const [name, values] of headers) {
    if (dashed(name).toLowerCase() !== "transfer-encoding") {
      exchange.responseHeaders.set(dashed(name), values);
      continue;
    }
    node.log({
      level: "warn",
      plugin: plugin.name,
      requestId: exchange.requestId,
      message: "Transfer-Encoding cannot be set; it is ignored",
    });
  }
}

function header(name: unknown, value: unknown): [string, string[]] {
  const line = headerName(name);
  return [line, headerValues(value, line)];
}

/** The headers, with the one that nginx puts in when it sends them. */
function headersOf({ responseHeaders, headers }: Exchange, max: number) {
  const table = responseHeaders.toTable(max);
  const closes = headers.get("connection")?.toLowerCase() === "close";
  if (!table.has("connection")) table.set("connection", closes ? "close" : "keep-alive");
  return table;
}

/** Ends the request with a response. */
function end(
  context: PdkContext,
  status: number,
  body: unknown,
  headers: readonly [string, string[]][],
): never {
  const { exchange } = context;
  exchange.status = status;
  exchange.source = "exit";
  setHeaders(context, headers);
  const given = new Set(headers.map(([name]) => dashed(name).toLowerCase()));
  const ownLength = given.has("content-length")
    ? exchange.responseHeaders.get("content-length")
    : undefined;
  if (isLuaString(body)) exchange.setBody(luaBytes(body));
  else if (body !== undefined) {
    const type = given.has("content-type") ? undefined : "application/json; charset=utf-8";
    exchange.setBody(Buffer.from(luaJson(body)), type);
  } else if (status < 300 || status === 304) exchange.setBody(new Uint8Array(0));
  else exchange.setBody(Buffer.from(statusPage(status)), "text/html");
  if (ownLength !== undefined) exchange.responseHeaders.set("Content-Length", [ownLength]);
  throw new RequestExit("the request ended");
}

function exit(context: PdkContext, args: readonly unknown[]): never {
  const [code, body, headers] = args;
  const status = integer(code, "the status", 100, 599);
  if (body !== undefined && !isLuaString(body) && !isLuaTable(body)) {
    throw badArgument("the body", "nil, a string or a table", body);
  }
  return end(context, status, body, headers === undefined ? [] : headerTable(headers));
}

function error(context: PdkContext, args: readonly unknown[]): never {
  const { exchange } = context;
  const status = integer(args[0], "the status", 400, 599);
  const message = isLuaTable(args[1]) ? luaJson(args[1]) : args[1] ?? statusMessage(status);
  if (!isLuaString(message)) throw badArgument("the message", "nil, a string or a table", message);
  const headers = args[2] === undefined ? [] : headerTable(args[2]);
  // As in Kong the header counts only if it is written exactly so.
  const given = headers.find(([name]) => name === "Content-Type")?.[1][0];
  const type = given ?? acceptedType(exchange.headers.get("accept"));
  const body = errorBody(type, toText(message), exchange.requestId);
  return end(context, status, body, [...headers, ["Content-Type", [type]]]);
}

/** Functions of `kong.response`. */
export const response = {
  ...inPhases(RESPONDED, {
    "kong.response.get_status": ({ exchange }) => exchange.status,
    "kong.response.get_header": ({ exchange }, args) => {
      const wanted = dashed(headerName(args[0])).toLowerCase();
      const [, value] = [...headersOf(exchange, Infinity)]
        .find(([name]) => dashed(name) === wanted) ?? [];
      return Array.isArray(value) ? value[0] : value;
    },
    "kong.response.get_headers": ({ exchange }, args) =>
      headersOf(exchange, maximum(args[0], "max_headers")),
    "kong.response.get_source": ({ exchange }) => exchange.source ?? "error",
  }),
  ...inPhases(REQUEST, {
    "kong.response.set_status": ({ exchange }, args) => {
      exchange.status = integer(args[0], "the status", 100, 599);
    },
    "kong.response.set_header": (context, args) => setHeaders(context, [header(args[0], args[1])]),
    "kong.response.add_header": ({ exchange }, args) => {
      const [name, values] = header(args[0], args[1]);
      exchange.responseHeaders.add(dashed(name), values);
    },
    "kong.response.clear_header": ({ exchange }, args) =>
      exchange.responseHeaders.remove(dashed(headerName(args[0]))),
    "kong.response.set_headers": (context, args) => setHeaders(context, headerTable(args[0])),
    "kong.response.error": error,
  }),
  ...inPhases(["preread", ...REQUEST], { "kong.response.exit": exit }),
  // Kong has them, and they raise wherever an external plugin can be.
  ...inPhases([], {
    "kong.response.get_raw_body": () => undefined,
    "kong.response.set_raw_body": () => undefined,
  }),
};
