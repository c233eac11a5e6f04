// kong.service.response: what the service answered, before plugins changed it.
import type { ServiceResponse } from "../exchange.ts";
import { FORM, parseBody } from "../http/bodies.ts";
import { headerName } from "../http/header_values.ts";
import { fromLine, type LuaString } from "../lua/bytes.ts";
import { failed, inPhases, maximum, type PdkContext, RESPONDED, text } from "./function.ts";

/** The service's answer; the log phase has it only of buffered requests that reached a service. */
function answer({ exchange, phase }: PdkContext): ServiceResponse | undefined {
  const { buffered, serviceResponse } = exchange;
  if (phase === "log" && (!buffered || !serviceResponse)) {
    throw failed("the log phase knows the service's response only if it was buffered");
  }
  return serviceResponse;
}

function header(context: PdkContext, name: unknown): LuaString | undefined {
  const line = answer(context)?.headers.get(headerName(name));
  return line === undefined ? undefined : fromLine(line);
}

function rawBody(context: PdkContext): Uint8Array {
  if (!context.exchange.buffered) {
    throw failed(
      "the service's body is there only with kong.service.request.enable_buffering, or in a " +
        "plugin with a response phase",
    );
  }
  return context.exchange.serviceResponse?.body ?? new Uint8Array(0);
}

function parsedBody(context: PdkContext, args: readonly unknown[]): unknown {
  const body = rawBody(context);
  const [type, max] = args;
  const wanted = type === undefined
    ? answer(context)?.headers.get("content-type")
    : text(type, "the media type");
  if (wanted === undefined) return undefined;
  const isForm = wanted.toLowerCase().startsWith(FORM);
  return parseBody(body, wanted, isForm ? maximum(max, "max_args") : 100);
}

/** Functions of `kong.service.response`. */
export const serviceResponse = inPhases(RESPONDED, {
  "kong.service.response.get_status": (context) => answer(context)?.status,
  "kong.service.response.get_header": (context, args) => header(context, args[0]),
  // Kong gives a table with nothing in it to iterate over.
  "kong.service.response.get_headers": () => new Map(),
  "kong.service.response.get_raw_body": rawBody,
  "kong.service.response.get_body": parsedBody,
});
