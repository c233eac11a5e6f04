// What a JavaScript value is to Lua, and words for it.

/** Whether it is Lua's nil. */
export function isNil(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** Whether it is an object without a class: what becomes a Lua table with names as keys. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return hasNoClass(value);
}

/** Whether an object that is no array is of no class. */
export function hasNoClass(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  // Object.prototype of any realm is the one that has nothing above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether it becomes a Lua table. */
export function isTable(value: unknown): value is unknown[] | Record<string, unknown> {
  return Array.isArray(value) || isPlainObject(value);
}

/** Classes whose content is no property, and what to write in the place of one of them. */
const INSTEAD: Readonly<Record<string, string>> = {
  ArrayBuffer: "new Uint8Array(buffer)",
  FormData: "Object.fromEntries(form)",
  Map: "Object.fromEntries(map)",
  Promise: "await it first",
  Set: "[...set]",
};

/** Whether an object holds something, and not in properties. */
export function holdsOtherwise(value: object): boolean {
  return Object.hasOwn(INSTEAD, tagOf(value)) || Symbol.iterator in value;
}

/** What an object says that it is: `Map`, `Headers`. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** A value in a word or two, for messages: `a string`, `an array`, `NaN`, `a Date`. */
export function describeValue(value: unknown): string {
  if (isNil(value) || typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const { [tagOf(value)]: instead } = INSTEAD;
  const more = instead === undefined ? "" : ` (${instead})`;
  if (value instanceof Promise) return `a Promise${more}`;
  const name = value.constructor?.name ?? "Object";
  return name === "Object" ? "an object" : `a value of class ${name}${more}`;
}
