// Arguments as what can be sent: objects of any class as JSON.stringify sees them.
import { messageOf } from "../../base/errors.ts";
import { describeValue, hasNoClass, holdsOtherwise, tagOf } from "./values.ts";

/** Deeper than this nothing is sent. */
const MAX_DEPTH = 32;

/** How many values one argument may hold, each counted as often as it is reached. */
const MAX_VALUES = 1_000_000;

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** Why a value cannot be sent; the message follows `there is`. */
export class Unsendable extends Error {
  override readonly name = "Unsendable";
}

/** What is on the way to a value. */
interface Walk {
  /** The objects that it is in. */
  readonly above: object[];
  left: number;
}

/**
 * A value as it is sent. Of an object of a class that is what `JSON.stringify` takes: what its `toJSON`
 * gives, or else its own enumerable properties; `Headers` and `URLSearchParams` are told by their names
 * and values on every runtime. Bytes stay bytes, and integers of 64 bits stay so.
 * What `JSON.stringify` would lose without a word is an error here: NaN, a Map, a Promise.
 *
 * @returns the value itself where nothing of it had to be changed: it is not copied then
 * @throws {Unsendable} that says what cannot be sent, and where: `a Map at .user.tags`
 */
export function toSendable(value: unknown): unknown {
  return convert(value, "", "", { above: [], left: MAX_VALUES });
}

function convert(value: unknown, key: string, where: string, walk: Walk): unknown {
  switch (typeof value) {
    case "undefined":
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw unsendable(String(value), where);
    case "bigint":
      if (value >= INT64_MIN && value <= UINT64_MAX) return value;
      throw unsendable("an integer of more than 64 bits", where);
    case "object":
      return value === null ? null : convertObject(value, key, where, walk);
    default:
      throw unsendable(describeValue(value), where);
  }
}

function convertObject(value: object, key: string, where: string, walk: Walk): unknown {
  if (value instanceof Uint8Array) return value;
  if (walk.above.includes(value)) throw unsendable("an object within itself", where);
  if (walk.above.length >= MAX_DEPTH) {
    throw new Unsendable(`something nested deeper than ${MAX_DEPTH} levels`);
  }
  if (--walk.left < 0) throw new Unsendable(`more than ${MAX_VALUES} values`);
  walk.above.push(value);
  const data = Array.isArray(value)
    ? convertList(value, where, walk)
    : convertOther(value, key, where, walk);
  walk.above.pop();
  return data;
}

/** Objects of classes, and those that say themselves what they are in JSON. */
function convertOther(value: object, key: string, where: string, walk: Walk): unknown {
  const isPlain = attempted(() => hasNoClass(value), where);
  // Nearly all are, and what they are called costs more to find out.
  const tag = isPlain ? "Object" : attempted(() => tagOf(value), where);
  if (tag === "Headers" || tag === "URLSearchParams") return attempted(() => byName(value), where);
  // Bun's has a toJSON of its own.
  if (tag === "FormData") throw unsendable(describeValue(value), where);
  const toJson = read(value, "toJSON", where);
  if (typeof toJson === "function") {
    const said = attempted(() => toJson.call(value, key), `${where}.toJSON()`);
    // Some say that they are what they are.
    return said === value
      ? convertEntries(value, isPlain, where, walk)
      : convert(said, key, where, walk);
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return convert(value.valueOf(), key, where, walk);
  }
  return convertEntries(value, isPlain, where, walk);
}

/** Names with their values, several in a list: only Bun's classes say that as JSON themselves. */
function byName(value: object): Record<string, string | string[]> {
  const names = new Map<string, string | string[]>();
  for (const [name, one] of value as Iterable<[string, string]>) {
    const before = names.get(name);
    names.set(name, before === undefined ? one : [...[before].flat(), one]);
  }
  return Object.fromEntries(names);
}

function convertEntries(
  value: object,
  isPlain: boolean,
  where: string,
  walk: Walk,
): Record<string, unknown> {
  const keys = attempted(() => Object.keys(value), where);
  if (!isPlain && keys.length === 0) refuseEmpty(value, where);
  const entries: [string, unknown][] = [];
  let isChanged = !isPlain;
  for (const key of keys) {
    const item = read(value, key, where);
    // JSON.stringify leaves these out.
    if (typeof item === "function" || typeof item === "symbol") {
      isChanged = true;
      continue;
    }
    const data = convert(item, key, `${where}.${key}`, walk);
    if (data !== item) isChanged = true;
    entries.push([key, data]);
  }
  return isChanged ? Object.fromEntries(entries) : value as Record<string, unknown>;
}

function convertList(value: readonly unknown[], where: string, walk: Walk): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    if (--walk.left < 0) throw new Unsendable(`more than ${MAX_VALUES} values`);
    const item = attempted(() => value[index], `${where}.${index}`);
    const isLost = typeof item === "function" || typeof item === "symbol";
    const data = isLost ? null : convert(item, String(index), `${where}.${index}`, walk);
    if (data === item && copy === undefined) continue;
    copy ??= value.slice(0, index);
    copy.push(data);
  }
  return copy ?? value;
}

/** Classes whose content is no property: JSON.stringify would make `{}` of them, and lose it. */
function refuseEmpty(value: object, where: string): void {
  const isLost = attempted(() => holdsOtherwise(value), where);
  if (isLost) throw unsendable(describeValue(value), where);
}

function read(value: object, key: string, where: string): unknown {
  return attempted(() => (value as Record<string, unknown>)[key], `${where}.${key}`);
}

/** What something of a plugin's own gives: it may throw. */
function attempted<T>(something: () => T, where: string): T {
  try {
    return something();
  } catch (error) {
    if (error instanceof Unsendable) throw error;
    throw unsendable(`something that cannot be read (${messageOf(error)})`, where);
  }
}

function unsendable(what: string, where: string): Unsendable {
  return new Unsendable(where === "" ? what : `${what} at ${where}`);
}
