// Any value as text, for logs and messages: it never throws, whatever the value does when looked at.

/** Longest text that is made of a value, in UTF-16 units: a plugin may throw megabytes. */
export const MAX_TEXT = 16 * 1024;

/** Deeper than this a value is not looked into. */
const MAX_DEPTH = 8;
/** How many values within one value are looked at. */
const MAX_PARTS = 1000;

const UNPRINTABLE = "(something that cannot be printed)";
const MORE = "(more)";

/**
 * A value as text: strings as they are, objects as JSON, errors as their message. Getters, proxies,
 * `toJSON` and `toString` of the value may throw; what they hide is said to be unprintable.
 */
export function printable(value: unknown): string {
  try {
    if (typeof value === "string") return cut(value);
    if (typeof value !== "object" || value === null) return scalar(value);
    const shown = attempt(() => value instanceof Error) ? property(value, "message") : value;
    if (typeof shown === "string") return cut(shown);
    const own = attempt(() => ownText(shown));
    if (own !== undefined) return cut(own);
    const made = plain(shown, [], { parts: MAX_PARTS });
    return cut(typeof made === "string" ? made : String(JSON.stringify(made)));
  } catch {
    return UNPRINTABLE;
  }
}

/** A property of anything; undefined where it is not there, or throws. */
export function property(value: unknown, name: string): unknown {
  return attempt(() => (value as Record<string, unknown> | null | undefined)?.[name]);
}

/** Shortens a text, and says by how much. */
export function cut(text: string, most = MAX_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most)}... (${text.length - most} more)`;
}

/** What something gives, undefined if it throws. */
export function attempt<T>(something: () => T): T | undefined {
  try {
    return something();
  } catch {
    return undefined;
  }
}

function scalar(value: unknown): string {
  return typeof value === "function" ? "(a function)" : String(value);
}

/**
 * What a class of the value's says for it; plain objects have nothing to say. Of arrays and errors
 * that would be made of their parts, without end if the length is a lie.
 */
function ownText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { toString } = value;
  if (toString === Object.prototype.toString || toString === Error.prototype.toString) return;
  if (Array.isArray(value) || toString === Array.prototype.toString) return undefined;
  if (typeof toString !== "function") return undefined;
  const text: unknown = toString.call(value);
  return typeof text === "string" ? text : undefined;
}

/** The same value with nothing in it that JSON cannot hold. */
function plain(value: unknown, above: readonly unknown[], left: { parts: number }): unknown {
  if (typeof value === "string") return cut(value);
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") {
    return scalar(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "(circular)";
  if (above.length >= MAX_DEPTH || --left.parts < 0) return MORE;
  try {
    if (value instanceof Error) return plain(value.message, [...above, value], left);
    const below = [...above, value];
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return plain(toJSON.call(value), below, left);
    return Array.isArray(value) ? plainList(value, below, left) : plainObject(value, below, left);
  } catch {
    return UNPRINTABLE;
  }
}

function plainList(list: unknown[], above: readonly unknown[], left: { parts: number }) {
  const items: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    if (--left.parts < 0) return [...items, MORE];
    items.push(partOf(() => list[index], above, left));
  }
  return items;
}

function plainObject(value: object, above: readonly unknown[], left: { parts: number }) {
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    if (--left.parts < 0) return Object.fromEntries([...entries, [MORE, MORE]]);
    entries.push([cut(key), partOf(() => (value as Record<string, unknown>)[key], above, left)]);
  }
  return Object.fromEntries(entries);
}

function partOf(read: () => unknown, above: readonly unknown[], left: { parts: number }): unknown {
  try {
    return plain(read(), above, left);
  } catch {
    return UNPRINTABLE;
  }
}
