// Query strings and forms, read and written as nginx's Lua module does it.
import { Buffer } from "node:buffer";
import { GibbonError } from "../../../base/errors.ts";
import {
  isLuaString,
  luaBytes,
  type LuaString,
  toLine,
  toLuaString,
  toText,
} from "../lua/bytes.ts";
import { entriesOf, luaText, luaType } from "../lua/values.ts";
import { append } from "./header_list.ts";

/** An argument's value; true for an argument that has none. */
export type ArgumentValue = LuaString | true;
/** Arguments by name, in their order. */
export type QueryArguments = Map<string, ArgumentValue | ArgumentValue[]>;

/** Turns `%XX` and `+` into what they stand for; what is no valid escape stays. */
export function unescapeArgument(line: string): LuaString {
  const bytes = line.replaceAll("+", " ").replace(
    /%([0-9a-fA-F]{2})/g,
    (_, code) => String.fromCharCode(parseInt(code, 16)),
  );
  return toLuaString(Buffer.from(bytes, "latin1"));
}

/** Escapes everything but letters, digits and `-_.!~*'()`. */
export function escapeArgument(value: LuaString): string {
  return toLine(value).replace(
    /[^A-Za-z0-9\-_.!~*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/**
 * Reads a query string or a form.
 *
 * @param line one character a byte
 * @param max how many arguments are read
 */
export function parseArguments(line: string, max: number): QueryArguments {
  const table: QueryArguments = new Map();
  const pieces = line.split("&").filter((piece) => piece !== "" && !piece.startsWith("="));
  for (const piece of pieces.slice(0, max)) {
    const at = piece.indexOf("=");
    const name = toText(unescapeArgument(at < 0 ? piece : piece.slice(0, at)));
    const value = at < 0 ? true : unescapeArgument(piece.slice(at + 1));
    append<ArgumentValue>(table, name, value);
  }
  return table;
}

/**
 * Writes a query string or a form: `true` gives a name without a value, `false` nothing. Arguments
 * are sorted, values of one argument keep their order.
 *
 * @throws {GibbonError} PDK_ARGUMENT for names and values of other types
 */
export function formatArguments(table: object): string {
  const pieces = entriesOf(table).map(([name, value]) => {
    if (typeof name !== "string") throw invalid("names of arguments must be strings");
    const values = Array.isArray(value) ? value : [value];
    return values.map((item) => formatArgument(name, item)).filter((text) => text !== "").join("&");
  });
  return pieces.filter((piece) => piece !== "").sort().join("&");
}

function formatArgument(name: string, value: unknown): string {
  if (value === true) return escapeArgument(name);
  if (value === false) return "";
  if (!isLuaString(value) && typeof value !== "number") {
    throw invalid(`the value of argument ${JSON.stringify(name)} is a ${luaType(value)}`);
  }
  const bytes = isLuaString(value) ? luaBytes(value) : luaText(value);
  return `${escapeArgument(name)}=${escapeArgument(bytes)}`;
}

/** Takes all of an argument's places out of a query string. */
export function removeArgument(line: string, name: string): string {
  const kept = line.split("&").filter((piece) => {
    const at = piece.indexOf("=");
    return toText(unescapeArgument(at < 0 ? piece : piece.slice(0, at))) !== name;
  });
  return kept.join("&").replaceAll("+", "%20");
}

function invalid(message: string): GibbonError {
  return new GibbonError("PDK_ARGUMENT", message);
}
