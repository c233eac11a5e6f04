// The calls that end a request, as ExitArgs: the message has bytes where Kong would make JSON.
import { STATUS_CODES } from "node:http";
import { encodeMessage } from "../../../wire/protobuf/codec.ts";
import { type ArgumentEncoder, bodyBytes, headerStruct } from "./arguments.ts";
import * as messages from "./generated/messages.ts";

const JSON_TYPE = "application/json; charset=utf-8";

type Headers = Readonly<Record<string, unknown>>;

/**
 * The arguments of `kong.response.exit`. The message cannot say that there is no body, for which Lua
 * gets nginx's own page; Kong sends an empty one.
 */
export const exit: ArgumentEncoder = ([status, body, given]) => {
  const headers = (given ?? {}) as Headers;
  // Before headers an empty body stands for one that was left out.
  if (body === null || body === undefined || body === "") {
    return exitArgs(status, new Uint8Array(0), untyped(status as number, headers));
  }
  const isContent = typeof body === "string" || body instanceof Uint8Array;
  if (isContent) return exitArgs(status, bodyBytes(body), headers);
  const typed = "content-type" in lowerCased(headers);
  return exitArgs(
    status,
    bodyBytes(luaJson(body)),
    typed ? headers : { ...headers, "Content-Type": JSON_TYPE },
  );
};

/**
 * The arguments of `kong.response.error`, which has no message of its own, for `kong.response.exit`.
 * Kong would choose a format that the client accepts; here it is always JSON.
 */
export const error: ArgumentEncoder = ([status, given, headers]) => {
  const isContent = typeof given === "string" || given instanceof Uint8Array;
  const message = given === null || given === undefined
    ? statusMessage(status as number)
    : isContent
    ? given
    : luaJson(given);
  const kept = Object.entries((headers ?? {}) as Headers)
    .filter(([name]) => name.toLowerCase() !== "content-type");
  return exit([status, { message }, Object.fromEntries(kept)]);
};

/**
 * Headers for a response without a body. Where Lua gets nginx's page, the type of an answer that the
 * service gave before says nothing of this one; a header without a value is taken away.
 */
function untyped(status: number, headers: Headers): Headers {
  const hasPage = status >= 300 && status !== 304;
  if (!hasPage || "content-type" in lowerCased(headers)) return headers;
  return { ...headers, "Content-Type": [] };
}

function exitArgs(status: unknown, body: Uint8Array, headers: Headers): Uint8Array {
  return encodeMessage(messages.ExitArgs, {
    status: status as number,
    body,
    headers: Object.keys(headers).length === 0 ? undefined : headerStruct(headers),
  });
}

function lowerCased(headers: Headers): Headers {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * JSON as Kong makes it of what arrives over MsgPack:1: without null entries, and with an empty
 * object for an empty array, which Lua does not tell apart.
 */
function luaJson(value: unknown): string {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return decoder.decode(value);
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

/** What Kong says where a status comes without a message. */
function statusMessage(status: number): string {
  if (status === 500) return "An unexpected error occurred";
  const reason = STATUS_CODES[status] ?? `Error ${status}`;
  return reason[0] + reason.slice(1).toLowerCase();
}
