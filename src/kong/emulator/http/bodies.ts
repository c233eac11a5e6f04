// Bodies into tables and back, by their media type: forms, JSON, multipart.
import { Buffer } from "node:buffer";
import { GibbonError } from "../../../base/errors.ts";
import { isLuaString, luaBytes, toLuaString, toText } from "../lua/bytes.ts";
import { luaJson } from "../lua/json.ts";
import { entriesOf, isLuaTable, luaText, luaType } from "../lua/values.ts";
import { boundaryOf, formatMultipart, parseMultipart } from "./multipart.ts";
import { formatArguments, parseArguments } from "./query.ts";

/** Media type of forms. */
export const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const MULTIPART = "multipart/form-data";

/**
 * Reads a body into a table.
 *
 * @param type media type, parameters and all
 * @param max how many arguments of a form are read
 * @returns undefined where Kong gives nil: another media type, or a body that is not of its type
 */
export function parseBody(body: Uint8Array, type: string, max: number): unknown {
  const name = type.toLowerCase().split(";")[0]!;
  if (name.startsWith(FORM)) return parseArguments(Buffer.from(body).toString("latin1"), max);
  if (name.startsWith(JSON_TYPE)) return parseJson(body);
  if (name.startsWith(MULTIPART)) return parseMultipart(body, boundaryOf(type));
  return undefined;
}

function parseJson(body: Uint8Array): unknown {
  const text = toLuaString(body);
  if (typeof text !== "string") return undefined;
  try {
    const value = JSON.parse(text);
    return isLuaTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes a table as a body.
 *
 * @param type media type, parameters and all
 * @returns the body and the `Content-Type` that goes with it
 * @throws {GibbonError} PDK_ARGUMENT for other media types and for values that do not fit
 */
export function formatBody(table: object, type: string): { body: Uint8Array; type: string } {
  const name = type.split(";")[0]!;
  if (name === FORM) return { body: Buffer.from(formatArguments(table)), type };
  if (name === JSON_TYPE) return { body: Buffer.from(luaJson(table)), type };
  if (name !== MULTIPART) {
    throw new GibbonError("PDK_ARGUMENT", `bodies cannot be written as ${JSON.stringify(type)}`);
  }
  const boundary = boundaryOf(type) ?? `gibbon${Math.floor(Math.random() * 1e10)}`;
  const fields = entriesOf(table).map(([key, value]) => formField(key, value));
  const body = formatMultipart(fields, boundary);
  return { body, type: `${MULTIPART}; boundary=${boundary}` };
}

function formField(name: unknown, value: unknown): readonly [string, Uint8Array] {
  if (!isLuaString(name)) throw new GibbonError("PDK_ARGUMENT", "names of fields must be strings");
  if (isLuaString(value)) return [toText(name), luaBytes(value)];
  if (typeof value === "number" || typeof value === "boolean") {
    return [toText(name), Buffer.from(luaText(value))];
  }
  throw new GibbonError("PDK_ARGUMENT", `field ${luaText(name)} is a ${luaType(value)}`);
}
