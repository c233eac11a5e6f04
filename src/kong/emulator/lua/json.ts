// JSON as Kong's encoder writes it: slashes are escaped, and an empty table is an object.
import { isLuaString, toText } from "./bytes.ts";
import { GibbonError } from "../../../base/errors.ts";
import { isLuaTable, luaType } from "./values.ts";

/** Slashes stand in strings only, so all of them can be escaped. */
function escapeSlashes(json: string): string {
  return json.replaceAll("/", "\\/");
}

/** A configuration as Kong sends it: it knows which of its tables are arrays. */
export function configJson(config: unknown): string {
  return escapeSlashes(JSON.stringify(config));
}

/**
 * A table of Lua as JSON.
 *
 * @throws {GibbonError} PDK_FAILED for a number that JSON does not have
 */
export function luaJson(value: unknown): string {
  return escapeSlashes(JSON.stringify(plain(value)));
}

function plain(value: unknown): unknown {
  if (isLuaString(value)) return toText(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new GibbonError("PDK_FAILED", `JSON has no number ${value}`);
  }
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(plain);
  if (!isLuaTable(value)) return luaType(value) === "nil" ? undefined : value;
  const entries = Object.entries(value).map(([key, item]) => [key, plain(item)]);
  return Object.fromEntries(entries);
}
