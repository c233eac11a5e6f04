// Results of PDK calls in the form that their types promise, whatever way Lua tables came.
import { GibbonError, messageOf } from "../../base/errors.ts";
import { isNil, isPlainObject, isTable } from "./values.ts";

/** Header values by lower-case header name; several values where a header came several times. */
export type HeaderMap = Record<string, string[]>;

/** Values by argument name; `true` for an argument without a value. */
export type QueryMap = Record<string, (string | true)[]>;

/** What a route's path pattern captured. */
export interface UriCaptures {
  /**
   * Groups by number, from 1 on; 0 is the whole match, or empty where Kong does not tell it. A
   * group that took no part is empty.
   */
  readonly unnamed: readonly string[];
  /** Groups by name; those that took no part are left out. */
  readonly named: Readonly<Record<string, string>>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A table with names as keys: an empty one comes as an empty array. */
export function mapOf(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) return { ...value };
  return isPlainObject(value) ? value : {};
}

/** A table with numbers as keys: one with holes comes as a map, an empty one may do so too. */
export function listOf(value: unknown): unknown[] {
  return isTable(value) ? Object.values(value) : [];
}

/** The result of a get_headers function. */
export function headersOf(value: unknown): HeaderMap {
  return multimapOf(value, []) as HeaderMap;
}

/** The result of get_query: the wire says `[]` for an argument without a value. */
export function queryOf(value: unknown): QueryMap {
  return multimapOf(value, [true]) as QueryMap;
}

function multimapOf(value: unknown, none: readonly unknown[]): Record<string, unknown> {
  const map = mapOf(value);
  for (const [name, values] of Object.entries(map)) {
    if (!Array.isArray(values)) map[name] = isNil(values) ? [...none] : [values];
    else if (values.length === 0) map[name] = [...none];
  }
  return map;
}

/** The result of get_uri_captures. Without a whole match the groups come as an array. */
export function capturesOf(value: unknown): UriCaptures {
  const { unnamed, named } = mapOf(value);
  const groups: string[] = [];
  const first = Array.isArray(unnamed) ? 1 : 0;
  for (const [key, group] of Object.entries(mapOf(unnamed))) {
    groups[Number(key) + first] = groupOf(group) ?? "";
  }
  const names = Object.entries(mapOf(named)).flatMap(([name, group]) => {
    const text = groupOf(group);
    return text === undefined ? [] : [[name, text] as const];
  });
  return {
    unnamed: Array.from(groups, (group) => group ?? ""),
    named: Object.fromEntries(names),
  };
}

/** A group that took no part in the match is false in Lua. */
function groupOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A table of which some entries are maps and others lists, whichever way they came when empty. */
export function recordOf(
  value: unknown,
  maps: readonly string[],
  lists: readonly string[],
): Record<string, unknown> | undefined {
  if (!isTable(value)) return undefined;
  const record = mapOf(value);
  for (const key of maps) if (isTable(record[key])) record[key] = mapOf(record[key]);
  for (const key of lists) if (isTable(record[key])) record[key] = listOf(record[key]);
  return record;
}

/** A body as bytes. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? encoder.encode(value) : undefined;
}

/** A body as text; what is not UTF-8 in it becomes replacement characters. */
export function textOf(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return decoder.decode(value);
  return typeof value === "string" ? value : undefined;
}

/** A body as text if it is UTF-8, else undefined. */
export function strictTextOf(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The value of a JSON text; what is no text is taken to be that value already.
 *
 * @throws {GibbonError} PDK_FAILED
 */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new GibbonError("PDK_FAILED", `the gateway's JSON is broken: ${messageOf(error)}`);
  }
}
