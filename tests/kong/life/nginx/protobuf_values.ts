// Arguments and results of PDK functions over ProtoBuf:1, between Kong's messages and the acted-out PDK.
import { Buffer } from "node:buffer";
import { GibbonError } from "../../../../src/base/errors.ts";
import { packed, unpacked } from "../../support/lua_kong.ts";
import { readFacts } from "../../support/pdk_facts.ts";

const MESSAGES = new Map(readFacts().map(({ name, protobuf }) => [name, protobuf]));

/**
 * The arguments of a call.
 *
 * @throws {GibbonError} PDK_FAILED for what Kong has no message for; it answers with 500
 */
export function readArguments(method: string, bytes: Uint8Array): unknown[] {
  return unpacked(messagesOf(method).in, bytes);
}

/** The message of a result. Bytes that are not UTF-8 are not kept: no test needs them here. */
export function writeResult(method: string, result: unknown): Uint8Array {
  return packed(messagesOf(method).out, plain(result));
}

function messagesOf(method: string): { readonly in: string; readonly out: string } {
  const found = MESSAGES.get(method);
  if (!found) throw new GibbonError("PDK_FAILED", `method "${method}" not found`);
  return found;
}

/** Lua's tables and strings as plain objects and text. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}
