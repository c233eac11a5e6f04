// Texts of Kong that are not UTF-8, on their way back to it: as the bytes that they came as.
import type { ForeignTexts } from "../../wire/foreign_texts.ts";
import type { PdkMethod } from "./functions.ts";

/** Which arguments Kong takes as bytes. Names, entities and what it makes JSON of are text. */
const BYTE_ARGUMENTS: { readonly [method in PdkMethod]?: readonly number[] } = {
  "kong.ctx.shared.set": [1],
  "kong.nginx.set_ctx": [1],
  "kong.response.add_header": [1],
  "kong.response.error": [2],
  "kong.response.exit": [1, 2],
  "kong.response.set_header": [1],
  "kong.response.set_headers": [0],
  "kong.service.request.add_header": [1],
  "kong.service.request.set_header": [1],
  "kong.service.request.set_headers": [0],
  "kong.service.request.set_path": [0],
  "kong.service.request.set_query": [0],
  "kong.service.request.set_raw_body": [0],
  "kong.service.request.set_raw_query": [0],
};

/** An exit's body that is a table becomes JSON, which is UTF-8. */
const BODY_OF_EXIT = 1;

/** The arguments of a call as they are sent. */
export function withForeignBytes(
  method: string,
  args: readonly unknown[],
  texts: ForeignTexts | undefined,
): unknown[] {
  if (!texts || texts.isEmpty || !Object.hasOwn(BYTE_ARGUMENTS, method)) return args as unknown[];
  const places = BYTE_ARGUMENTS[method as PdkMethod]!;
  return args.map((arg, index) => {
    if (!places.includes(index)) return arg;
    const isJson = method === "kong.response.exit" && index === BODY_OF_EXIT &&
      typeof arg !== "string";
    return isJson ? arg : texts.restore(arg);
  });
}
