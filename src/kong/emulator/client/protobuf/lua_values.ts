// Values between Lua and ProtoBuf:1, as Kong's own conversion has it, with what it loses.
import { failed } from "../../pdk/function.ts";
import { isLuaString, luaBytes, toLuaString, toText } from "../../lua/bytes.ts";
import { entriesOf, isLuaTable, luaType } from "../../lua/values.ts";
import type { ListValue, Struct, Value } from "../../../protocol/protobuf/generated/messages.ts";

/** Kong numbers the one member of its enumeration for nil from 1 on. */
const NULL: Value = { kind: { $case: "null_value", value: 1 } };
/** What Kong makes of that when it comes back. */
const NULL_TEXT = "NULL_VALUE";

/**
 * A value of Lua.
 *
 * @throws {GibbonError} PDK_FAILED for a table whose keys are neither a list's nor texts: Kong raises
 */
export function valueOfLua(value: unknown): Value {
  if (isLuaString(value)) return { kind: { $case: "string_value", value: luaBytes(value) } };
  if (typeof value === "number") return { kind: { $case: "number_value", value } };
  if (typeof value === "boolean") return { kind: { $case: "bool_value", value } };
  // Neither a function nor cjson's null is anything to Kong's conversion.
  if (!isLuaTable(value)) return value === undefined ? NULL : { kind: undefined };
  if (isList(value)) return { kind: { $case: "list_value", value: listOfLua(value) } };
  return { kind: { $case: "struct_value", value: structOfLua(value) } };
}

/** A table whose keys are names. */
export function structOfLua(table: object): Struct {
  const fields = entriesOf(table).filter(([, value]) => value !== undefined).map(([key, value]) => {
    if (!isLuaString(key)) {
      throw failed(
        `bad argument #2 to 'encode' (string expected for field 'key', got ${luaType(key)})`,
      );
    }
    return { key: toText(key), value: value === null ? undefined : valueOfLua(value) };
  });
  return { fields };
}

/** A list ends at its first nil. */
function listOfLua(table: object): ListValue {
  const items = entriesOf(table).map(([, value]) => value);
  const end = items.indexOf(undefined);
  return { values: items.slice(0, end < 0 ? items.length : end).map(valueOfLua) };
}

/** Kong takes a table with a first item for a list. */
function isList(table: object): boolean {
  if (Array.isArray(table)) return table.length > 0;
  return table instanceof Map && table.get(1) !== undefined;
}

/** What a plugin sent, for Lua: false is lost, and null is a text. */
export function luaOfValue(value: Value | undefined): unknown {
  const kind = value?.kind;
  switch (kind?.$case) {
    case undefined:
      return undefined;
    case "null_value":
      return NULL_TEXT;
    case "string_value":
      return toLuaString(kind.value);
    case "bool_value":
      return kind.value || undefined;
    case "list_value":
      return luaOfList(kind.value);
    case "struct_value":
      return luaOfStruct(kind.value);
    default:
      return kind!.value;
  }
}

/** A list for Lua. */
export function luaOfList({ values }: ListValue): unknown[] {
  return values.map(luaOfValue);
}

/** A table with names as keys for Lua, without those that are nil. */
export function luaOfStruct({ fields }: Struct): Record<string, unknown> {
  const entries = fields.map(({ key, value }) => [key, luaOfValue(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
