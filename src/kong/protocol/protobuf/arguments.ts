// Arguments of PDK functions as messages of ProtoBuf:1: what is generic, and headers and queries.
import { GibbonError } from "../../../base/errors.ts";
import { encodeMessage } from "../../../wire/protobuf/codec.ts";
import { encodeShortEntry, encodeShortText } from "../../../wire/protobuf/short.ts";
import * as messages from "./generated/messages.ts";
import { toStruct, toValue } from "./values.ts";

/**
 * Encodes the arguments of a call.
 *
 * @param plugin the name of the plugin that makes the call
 * @throws {GibbonError} PDK_ARGUMENT for what the message has no room for; any error for arguments of
 * the wrong type
 */
export type ArgumentEncoder = (args: readonly unknown[], plugin?: string) => Uint8Array;

/** What Kong takes for a missing maximum of headers or arguments; the message's own is 0, an error. */
const DEFAULT_MAXIMUM = 100;

const EMPTY = new Uint8Array(0);

/** No arguments. */
export const none: ArgumentEncoder = () => EMPTY;

/** A string. The message of bytes looks the same, and has room for those that are not UTF-8. */
export const text: ArgumentEncoder = ([v]) =>
  encodeShortText(v) ?? encodeMessage(messages.ByteString, { v: bodyBytes(v) });

/** An integer. */
export const integer: ArgumentEncoder = ([v]) => encodeMessage(messages.Int, { v: v as number });

/** A maximum of headers or query arguments. */
export const maximum: ArgumentEncoder = ([v]) => integer([v ?? DEFAULT_MAXIMUM]);

/** A boolean. */
export const flag: ArgumentEncoder = ([v]) =>
  encodeMessage(messages.Bool, { v: (v ?? undefined) as boolean | undefined });

/** Bytes, or text. */
export const bytes: ArgumentEncoder = ([v]) =>
  encodeMessage(messages.ByteString, { v: bodyBytes(v) });

/** A name and a value of any kind, nil if it is left out. */
export const entry: ArgumentEncoder = ([k, v]) => {
  const value = v === null || v === undefined ? undefined : toValue(v);
  return encodeMessage(messages.KV, { k: k as string, v: value });
};

/** A header. */
export const header: ArgumentEncoder = ([k, v]) =>
  encodeShortEntry(k, v) ??
    encodeMessage(messages.KV, { k: k as string, v: toValue(headerValue(v)) });

/** Headers by name. */
export const headers: ArgumentEncoder = ([map]) =>
  encodeMessage(messages.Struct, headerStruct(map));

/** Headers by name, as a message. */
export function headerStruct(map: unknown): messages.Struct {
  const entries = Object.entries(map as Record<string, unknown>);
  return toStruct(Object.fromEntries(entries.map(([name, value]) => [name, headerValue(value)])));
}

/** Kong makes text of booleans, but false does not get there. */
function headerValue(value: unknown): unknown {
  return typeof value === "boolean" ? String(value) : value;
}

/** Query arguments by name. What is false is left out by Kong, so it need not get there. */
export const query: ArgumentEncoder = ([map]) => {
  const kept = Object.entries(map as Record<string, unknown>).flatMap(([name, value]) => {
    if (Array.isArray(value)) return [[name, value.filter((item) => item !== false)]];
    return value === false ? [] : [[name, value]];
  });
  return encodeMessage(messages.Struct, toStruct(Object.fromEntries(kept)));
};

/** A host and a port. */
export const target: ArgumentEncoder = ([host, port]) =>
  encodeMessage(messages.Target, { host: host as string, port: port as number });

/** A consumer to look up. */
export const consumerSpec: ArgumentEncoder = ([id, byUsername]) =>
  encodeMessage(messages.ConsumerSpec, { id: id as string, by_username: byUsername === true });

/** A field of the log record, without options but for the one that is the default. */
export const serializeValue: ArgumentEncoder = ([key, value, options]) => {
  const mode = (options as { mode?: unknown } | undefined)?.mode ?? "set";
  if (mode !== "set") throw noRoom(`the mode ${JSON.stringify(mode)}`);
  return entry([key, value]);
};

/** A unit of memory: there is only the default. */
export const memoryUnit: ArgumentEncoder = ([unit = "b"]) => {
  if (unit !== "b" && unit !== "B") throw noRoom(`the unit ${JSON.stringify(unit)}`);
  return EMPTY;
};

function noRoom(what: string): GibbonError {
  return new GibbonError("PDK_ARGUMENT", `ProtoBuf:1 cannot carry ${what}`, {
    remedy: "Leave it out, or let Kong use the plugin over MsgPack:1.",
  });
}

/** A body as bytes. */
export function bodyBytes(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new TextEncoder().encode(body as string);
}
