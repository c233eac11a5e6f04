// What a JavaScript value is to Lua: which values can be sent at all, and words for those that cannot.

/** Deeper than this a value is taken to hold itself. */
const MAX_DEPTH = 32;

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** Whether it is Lua's nil. */
export function isNil(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** Whether it is an object without a class: what becomes a Lua table with names as keys. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // Object.prototype of any realm is the one that has nothing above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether it becomes a Lua table. */
export function isTable(value: unknown): value is unknown[] | Record<string, unknown> {
  return Array.isArray(value) || isPlainObject(value);
}

/** A value in a word or two, for messages: `a string`, `an array`, `NaN`, `a Date`. */
export function describeValue(value: unknown): string {
  if (isNil(value) || typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a Promise (await it first)";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = value.constructor?.name ?? "Object";
  return name === "Object" ? "an object" : `a value of class ${name}`;
}

/**
 * Finds what in a value cannot become a Lua value. Kong never answers a call whose arguments it
 * cannot read, so this is asked before anything is sent.
 *
 * @returns what it is and where: `a function at .user.name`; undefined if all of it can be sent
 */
export function findUnsendable(value: unknown, where = "", depth = 0): string | undefined {
  switch (typeof value) {
    case "undefined":
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : at(describeValue(value), where);
    case "bigint":
      if (value >= INT64_MIN && value <= UINT64_MAX) return undefined;
      return at("an integer of more than 64 bits", where);
  }
  if (value === null || value instanceof Uint8Array) return undefined;
  if (!isTable(value)) return at(describeValue(value), where);
  if (depth >= MAX_DEPTH) return `something nested deeper than ${MAX_DEPTH} levels`;
  for (const [key, item] of Object.entries(value)) {
    const found = findUnsendable(item, `${where}.${key}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function at(what: string, where: string): string {
  return where === "" ? what : `${what} at ${where}`;
}
