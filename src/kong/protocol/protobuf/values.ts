// Values of any kind in ProtoBuf:1: JavaScript's to messages, and messages to what MsgPack:1 would give.
import { GibbonError } from "../../../base/errors.ts";
import type { ForeignTexts } from "../../../wire/foreign_texts.ts";
import type { Limits } from "../../engine/limits.ts";
import type { ListValue, Struct, StructEntry, Value } from "./generated/messages.ts";

const encoder = new TextEncoder();

/** What an answer is read with. */
export interface ReadContext {
  readonly limits: Limits;
  /** Makes texts of bytes, and remembers those that are not UTF-8. */
  readonly texts: ForeignTexts;
}

/**
 * A value for Kong. Entries of objects that are null or undefined are left out: they are nil in Lua
 * anyway.
 *
 * @param where the path to the value, for messages
 * @throws {GibbonError} PDK_ARGUMENT for what Kong would take for something else
 */
export function toValue(value: unknown, where = ""): Value {
  return { kind: toKind(value, where) };
}

/** An object for Kong; see `toValue`. */
export function toStruct(entries: Readonly<Record<string, unknown>>, where = ""): Struct {
  const fields: StructEntry[] = [];
  for (const [key, item] of Object.entries(entries)) {
    if (item === null || item === undefined) continue;
    fields.push({ key, value: toValue(item, `${where}.${key}`) });
  }
  return { fields };
}

/** A list for Kong; see `toValue`. */
export function toList(items: readonly unknown[], where = ""): ListValue {
  return { values: items.map((item, index) => toValue(item, `${where}[${index}]`)) };
}

function toKind(value: unknown, where: string): Value["kind"] {
  switch (typeof value) {
    case "string":
      return { $case: "string_value", value: encoder.encode(value) };
    case "number":
      return { $case: "number_value", value };
    case "bigint":
      return { $case: "number_value", value: Number(value) };
    case "boolean":
      if (!value) throw lost("false", where);
      return { $case: "bool_value", value };
  }
  if (value === null || value === undefined) throw lost("null", where);
  if (value instanceof Uint8Array) return { $case: "string_value", value };
  if (Array.isArray(value)) return { $case: "list_value", value: toList(value, where) };
  return { $case: "struct_value", value: toStruct(value as Record<string, unknown>, where) };
}

function lost(what: string, where: string): GibbonError {
  const place = where === "" ? "" : ` at ${where}`;
  return new GibbonError("PDK_ARGUMENT", `ProtoBuf:1 cannot carry ${what}${place}`, {
    remedy: `Nothing was sent: Kong would not take it for ${what}. Send another value for it, ` +
      "JSON as text, or leave it out.",
  });
}

/**
 * A value from Kong: undefined for nil, null for cjson's null, an empty array for an empty table.
 *
 * @throws {GibbonError} LIMIT
 */
export function fromValue({ kind }: Value, context: ReadContext, depth = 0): unknown {
  if (!kind) return null;
  const { nesting } = context.limits;
  const below = (value: Value) => fromValue(value, context, depth + 1);
  if ((kind.$case === "list_value" || kind.$case === "struct_value") && depth >= nesting) {
    throw new GibbonError("LIMIT", `values are nested deeper than ${nesting}`, {
      remedy: "Raise --max-nesting, or keep flatter values in Kong.",
    });
  }
  switch (kind.$case) {
    case "null_value":
      return undefined;
    case "string_value":
      return context.texts.decode(kind.value);
    case "list_value":
      return kind.value.values.map(below);
    case "struct_value":
      return kind.value.fields.length === 0 ? [] : fromStruct(kind.value, below);
    default:
      return kind.value;
  }
}

/**
 * A table with names as keys from Kong.
 *
 * @param form makes what the result has of a value
 */
export function fromStruct<Form>(
  { fields }: Struct,
  form: (value: Value) => Form,
): Record<string, Form> {
  const entries = fields.map(({ key, value }) => [safeKey(key), form(value ?? NULL)] as const);
  return Object.fromEntries(entries);
}

/** A value that was sent without one. */
const NULL: Value = { kind: undefined };

/** Clients choose the names of query arguments; this one is renamed, as it is in MsgPack:1. */
function safeKey(key: string): string {
  return key === "__proto__" ? "__proto_" : key;
}
