// Header names and values as the PDK takes them from plugins.
import { GibbonError } from "../../../base/errors.ts";
import { isLuaString, toLine } from "../lua/bytes.ts";
import { entriesOf, isLuaTable, luaText, luaType } from "../lua/values.ts";

/** An empty value goes out as a space, so that nginx does not leave the header out. */
function valueLine(value: unknown, name: string): string {
  if (isLuaString(value)) return toLine(value) || " ";
  if (typeof value === "number" || typeof value === "boolean") return luaText(value);
  throw invalid(`the value of header ${JSON.stringify(name)} is a ${luaType(value)}`);
}

/**
 * A header's name, with one character a byte.
 *
 * @throws {GibbonError} PDK_ARGUMENT
 */
export function headerName(name: unknown): string {
  if (!isLuaString(name) || name.length === 0) {
    throw invalid(`the name of a header is a ${luaType(name)} or empty`);
  }
  return toLine(name);
}

/**
 * The values of a header: a string, a number, a boolean, or a list of strings.
 *
 * @throws {GibbonError} PDK_ARGUMENT
 */
export function headerValues(value: unknown, name: string): string[] {
  if (!isLuaTable(value)) return [valueLine(value, name)];
  return entriesOf(value).map(([, item]) => {
    if (!isLuaString(item)) throw invalid(`header ${JSON.stringify(name)} has a ${luaType(item)}`);
    return valueLine(item, name);
  });
}

/**
 * Headers by name.
 *
 * @throws {GibbonError} PDK_ARGUMENT, before anything is set
 */
export function headerTable(headers: unknown): [name: string, values: string[]][] {
  if (!isLuaTable(headers)) throw invalid(`headers must be a table, not a ${luaType(headers)}`);
  return entriesOf(headers).map(([key, value]) => {
    const name = headerName(key);
    return [name, headerValues(value, name)];
  });
}

function invalid(message: string): GibbonError {
  return new GibbonError("PDK_ARGUMENT", message);
}
