// Values as Lua sees them: nil is undefined, cjson.null is null, tables are arrays, objects and Maps.
import { isLuaString, toText } from "./bytes.ts";

/** The name that Lua's `type` gives to a value. */
export function luaType(value: unknown): string {
  if (value === undefined) return "nil";
  if (value === null) return "userdata";
  if (isLuaString(value)) return "string";
  return typeof value === "object" ? "table" : typeof value;
}

/** Whether a value is a table. */
export function isLuaTable(value: unknown): value is object {
  return luaType(value) === "table";
}

/**
 * A value that came over the wire as Kong's unpacker gives it to Lua: nils are absent, and numbers
 * are doubles.
 */
export function fromWire(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== "object" || value instanceof Uint8Array) return value;
  const table: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value as object)) {
    const kept = fromWire(item);
    if (kept !== undefined) table[key] = kept;
  }
  return table;
}

/**
 * What a function gets when Kong unpacks the `Args` of a PDK call. A list is cut at a nil that
 * comes behind a value; no list at all is one argument.
 */
export function unpackArgs(args: unknown): unknown[] {
  const value = fromWire(args);
  if (!isLuaTable(value)) return [value];
  const list = Array.isArray(value) ? value : numbered(value);
  const first = list.findIndex((item) => item !== undefined);
  if (first < 0) return [];
  const hole = list.indexOf(undefined, first);
  return hole < 0 ? list : list.slice(0, hole);
}

/** The values of a map's keys 1, 2 ... */
function numbered(table: object): unknown[] {
  const values = table as Record<string, unknown>;
  const list: unknown[] = [];
  for (let i = 1; values[i] !== undefined; i++) list.push(values[i]);
  return list;
}

/** Entries of a table; the keys of an array are numbers from 1 on. */
export function entriesOf(table: object): [unknown, unknown][] {
  if (Array.isArray(table)) return table.map((value, index) => [index + 1, value]);
  if (table instanceof Map) return [...table];
  return Object.entries(table);
}

/** A number as Lua prints it: C's `%.14g`. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [mantissa = "", exponent = "0"] = value.toExponential(13).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 14) return String(Number(value.toPrecision(14)));
  const digits = String(Math.abs(power)).padStart(2, "0");
  return `${Number(mantissa)}e${power < 0 ? "-" : "+"}${digits}`;
}

/** What Lua's `tostring` gives, but for tables: those show what is in them. */
export function luaText(value: unknown): string {
  if (isLuaString(value)) return toText(value);
  if (value === undefined) return "nil";
  if (value === null) return "userdata: NULL";
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value);
}
