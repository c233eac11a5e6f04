// kong.service.request: the request as it goes to the service.
import { formatBody } from "../http/bodies.ts";
import { headerName, headerTable, headerValues } from "../http/header_values.ts";
import { escapePath } from "../http/paths.ts";
import { formatArguments, removeArgument } from "../http/query.ts";
import { luaBytes, toLine } from "../lua/bytes.ts";
import {
  badArgument,
  BEFORE_SERVICE,
  bytes,
  inPhases,
  type PdkContext,
  table,
  text,
} from "./function.ts";

/** The methods that nginx knows by a number. */
const METHODS: ReadonlySet<string> = new Set(
  ("GET HEAD PUT POST DELETE OPTIONS MKCOL COPY MOVE PROPFIND PROPPATCH LOCK UNLOCK PATCH TRACE")
    .split(" "),
);

type Arguments = readonly unknown[];

function setScheme({ exchange }: PdkContext, args: Arguments): void {
  const scheme = text(args[0], "the scheme");
  if (scheme !== "http" && scheme !== "https") throw badArgument("the scheme", "http or https");
  exchange.upstream.scheme = scheme;
}

function setMethod({ exchange }: PdkContext, args: Arguments): void {
  const method = text(args[0], "the method");
  if (!METHODS.has(method)) throw badArgument("the method", [...METHODS].join(", "));
  exchange.method = method;
}

function setPath({ exchange }: PdkContext, args: Arguments): void {
  const path = bytes(args[0], "the path");
  if (!toLine(path).startsWith("/")) throw badArgument("the path", "one that begins with /");
  exchange.upstream.path = escapePath(path);
}

/** Sets a header of the request; the host's is also the name that TLS asks for. */
function setLine({ exchange }: PdkContext, name: string, values: string[]): void {
  if (name.toLowerCase() === "host") exchange.upstream.hostHeader = values[0];
  exchange.headers.set(name, values);
}

function setHeader(context: PdkContext, args: Arguments): void {
  const name = headerName(args[0]);
  const values = headerValues(args[1], name);
  // Only gRPC has such headers; Kong gives nil and an error here.
  if (name.toLowerCase() !== ":authority") setLine(context, name, values);
}

function addHeader(context: PdkContext, args: Arguments): void {
  const name = headerName(args[0]);
  const values = headerValues(args[1], name);
  setLine(context, name, [...context.exchange.headers.all(name), ...values]);
}

function setRawBody({ exchange }: PdkContext, body: Uint8Array): void {
  exchange.body = body;
  exchange.headers.set("Content-Length", [String(body.length)]);
}

function setBody(context: PdkContext, args: Arguments): true | undefined {
  const { exchange } = context;
  const content = table(args[0], "the body");
  const type = args[1] === undefined
    ? exchange.headers.get("content-type")
    : text(args[1], "the media type");
  if (type === undefined) return undefined;
  const written = formatBody(content, type);
  setRawBody(context, written.body);
  exchange.headers.set("Content-Type", [written.type]);
  return true;
}

/** Functions of `kong.service.request`. */
export const serviceRequest = {
  ...inPhases(BEFORE_SERVICE, {
    "kong.service.request.enable_buffering": ({ exchange }) => {
      exchange.buffered = true;
    },
    "kong.service.request.set_scheme": setScheme,
    "kong.service.request.set_path": setPath,
    "kong.service.request.set_method": setMethod,
    "kong.service.request.set_raw_query": ({ exchange }, args) => {
      exchange.query = toLine(bytes(args[0], "the query"));
    },
    "kong.service.request.set_query": ({ exchange }, args) => {
      exchange.query = formatArguments(table(args[0], "the arguments"));
    },
    "kong.service.request.clear_query_arg": ({ exchange }, args) => {
      exchange.query = removeArgument(exchange.query, text(args[0], "the argument's name"));
    },
    "kong.service.request.set_header": setHeader,
    "kong.service.request.add_header": addHeader,
    "kong.service.request.clear_header": ({ exchange }, args) =>
      exchange.headers.remove(headerName(args[0])),
    "kong.service.request.set_headers": (context, args) => {
      for (const [name, values] of headerTable(args[0])) setLine(context, name, values);
    },
    "kong.service.request.set_raw_body": (context, args) =>
      setRawBody(context, luaBytes(bytes(args[0], "the body"))),
    "kong.service.request.set_body": setBody,
  }),
  // For connections without HTTP, which are not acted out: they have no TLS to turn off.
  ...inPhases(["preread"], { "kong.service.request.disable_tls": () => true }),
};
