// A configuration as Kong sends it, brought into the form that valibot checks.
import type { ListShape, MapShape, ObjectShape, Shape } from "./shape.ts";

/**
 * Keys that Kong puts beside the plugin's own. They are dropped, unless the plugin has a field of
 * that name.
 */
const KONGS_KEYS: ReadonlySet<string> = new Set(["route_id", "service_id", "consumer_id"]);

/** Drops what is Kong's own at the top of a configuration, then does as `normalise`. */
export function normaliseConfig(shape: ObjectShape, raw: unknown): unknown {
  if (!isObject(raw)) return normalise(shape, raw ?? {});
  const own = Object.entries(raw).filter(([key]) =>
    shape.entries.has(key) || !(key.startsWith("__") || KONGS_KEYS.has(key))
  );
  return normalise(shape, toObject(own));
}

/**
 * Null becomes what valibot takes as absent, an empty list an empty object where an object is
 * meant and the other way round (Lua has one empty table for both), a list a Set and an object a
 * Map. What does not suit the shape stays as it is, for valibot to refuse.
 */
function normalise(shape: Shape, raw: unknown): unknown {
  switch (shape.kind) {
    case "object":
      return isTable(raw) ? fromFields(shape, toEntries(raw)) : raw;
    case "map":
    case "record":
      return isTable(raw) ? fromKeys(shape, toEntries(raw)) : raw;
    case "array":
    case "set":
      return fromList(shape, isObject(raw) && Object.keys(raw).length === 0 ? [] : raw);
    default:
      return raw;
  }
}

function fromFields({ entries, keepsUnknown }: ObjectShape, given: Map<string, unknown>): object {
  const fields: [string, unknown][] = [];
  for (const [name, shape] of entries) {
    const value = given.get(name) ?? absent(shape);
    if (value !== MISSING) fields.push([name, normalise(shape, value)]);
  }
  if (keepsUnknown) {
    for (const [name, value] of given) {
      if (!entries.has(name) && value !== null) fields.push([name, value]);
    }
  }
  return toObject(fields);
}

function fromKeys({ kind, values }: MapShape, given: Map<string, unknown>): unknown {
  const entries: [string, unknown][] = [];
  for (const [key, item] of given) {
    const value = item ?? absent(values);
    if (value !== MISSING) entries.push([key, normalise(values, value)]);
  }
  return kind === "map" ? new Map(entries) : toObject(entries);
}

/** A null in a list is not dropped: the places of the others would change. */
function fromList({ kind, items }: ListShape, raw: unknown): unknown {
  if (!Array.isArray(raw)) return raw;
  const nothing = items.absence === "missing" || items.absence === "undefined" ? undefined : null;
  const list = raw.map((item) => item === null ? nothing : normalise(items, item));
  return kind === "set" ? new Set(list) : list;
}

const MISSING = Symbol("missing");

function absent({ absence }: Shape): unknown {
  if (absence === "null") return null;
  return absence === "undefined" ? undefined : MISSING;
}

function isObject(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** An object, or the empty list that an empty Lua table can arrive as. */
function isTable(raw: unknown): raw is Record<string, unknown> | [] {
  return Array.isArray(raw) ? raw.length === 0 : isObject(raw);
}

function toEntries(raw: object): Map<string, unknown> {
  return new Map(Object.entries(raw));
}

/** Without a prototype: a field may be called `constructor`, and `__proto__` is a key like any other. */
function toObject(entries: Iterable<readonly [string, unknown]>): object {
  const object = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}
