// What Kong's Admin API has against a configuration, by the plugin's schema, before any plugin sees it.
// Patterns of Lua and checks of whole entities are left out: they need Kong's own code.
import type { SchemaField } from "../engine/plugin.ts";

/** A field that Kong refuses. */
export interface RefusedField {
  /** Keys and indexes that lead to it. */
  readonly path: readonly (string | number)[];
  /** As Kong says it. */
  readonly message: string;
}

type Attributes = Readonly<Record<string, unknown>>;
type Path = RefusedField["path"];

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const REFERENCE = /^\{vault:\/\/.+\}$/;

/**
 * Looks at a configuration.
 *
 * @param fields the configuration's fields, in Kong's schema language
 * @param config with its defaults filled in; see `fillDefaults`
 */
export function refusedFields(
  fields: readonly SchemaField[],
  config: Attributes,
  path: Path = [],
): RefusedField[] {
  const known = new Map(fields.flatMap((field) => Object.entries(field)));
  const strangers = Object.keys(config).filter((name) => !known.has(name));
  return [
    ...strangers.map((name) => ({ path: [...path, name], message: "unknown field" })),
    ...[...known].flatMap(([name, attributes]) => {
      const value = config[name] ?? null;
      const at = [...path, name];
      if (value !== null) return refusedValue(attributes, value, at);
      const isRequired = attributes.required ?? attributes.type === "record";
      return isRequired === true ? [{ path: at, message: "required field missing" }] : [];
    }),
  ];
}

function refusedValue(attributes: Attributes, value: unknown, path: Path): RefusedField[] {
  // What it leads to is looked at by nobody.
  if (attributes.referenceable === true && REFERENCE.test(String(value))) return [];
  const message = typeFault(attributes, value) ?? valueFault(attributes, value) ??
    sizeFault(attributes, value);
  if (message !== undefined) return [{ path, message }];
  const inside = (of: unknown, items: readonly (readonly [string | number, unknown])[]) =>
    isObject(of) ? items.flatMap(([key, item]) => refusedValue(of, item, [...path, key])) : [];
  const { type, fields, elements, keys, values } = attributes;
  if (Array.isArray(value)) return inside(elements, [...value.entries()]);
  if (!isObject(value)) return [];
  if (type === "record") return refusedFields((fields ?? []) as SchemaField[], value, path);
  return [
    ...inside(keys, Object.keys(value).map((key) => [key, key])),
    ...inside(values, Object.entries(value)),
  ];
}

const KINDS: Readonly<Record<string, readonly [kind: string, (value: unknown) => boolean]>> = {
  string: ["a string", (value) => typeof value === "string"],
  number: ["a number", (value) => typeof value === "number"],
  integer: ["an integer", (value) => Number.isInteger(value)],
  boolean: ["a boolean", (value) => typeof value === "boolean"],
  array: ["an array", Array.isArray],
  set: ["a set", Array.isArray],
  map: ["a map", isTable],
  record: ["a record", isTable],
};

/** What is wrong with a value's type; other types than these are Kong's own business. */
function typeFault({ type }: Attributes, value: unknown): string | undefined {
  const [kind, isRight] = KINDS[String(type)] ?? [];
  return isRight && !isRight(value) ? `expected ${kind}` : undefined;
}

/** What is wrong with a string, a number or a boolean. To Lua, `eq: false` is no `eq` at all. */
function valueFault(attributes: Attributes, value: unknown): string | undefined {
  if (typeof value === "object") return undefined;
  const { eq, ne, one_of, not_one_of, between, gt, starts_with, uuid } = attributes;
  const text = String(value);
  if (eq !== undefined && eq !== false && value !== eq) return `value must be ${eq}`;
  if (ne !== undefined && ne !== false && value === ne) return `value must not be ${ne}`;
  if (Array.isArray(one_of) && !one_of.includes(value)) return `expected one of: ${list(one_of)}`;
  if (Array.isArray(not_one_of) && not_one_of.includes(value)) {
    return `must not be one of: ${list(not_one_of)}`;
  }
  if (typeof value === "number" && Array.isArray(between)) {
    const [low, high] = between as [number, number];
    if (value < low || value > high) return `value should be between ${low} and ${high}`;
  }
  if (typeof gt === "number" && Number(value) <= gt) return `value must be greater than ${gt}`;
  if (typeof starts_with === "string" && !text.startsWith(starts_with)) {
    return `should start with: ${starts_with}`;
  }
  return uuid === true && !UUID.test(text) ? "expected a valid UUID" : undefined;
}

/** What is wrong with a length: in bytes, items or entries. A string has one at least, unless it is said. */
function sizeFault(attributes: Attributes, value: unknown): string | undefined {
  const { len_eq, len_max, contains } = attributes;
  const len_min = attributes.len_min ??
    (typeof value === "string" && len_eq === undefined ? 1 : undefined);
  const isSet = attributes.type === "set" && Array.isArray(value);
  // A set has each of its values once.
  const size = isSet ? new Set(value).size : sizeOf(value);
  if (size === undefined) return undefined;
  if (typeof len_eq === "number" && size !== len_eq) return `length must be ${len_eq}`;
  if (typeof len_min === "number" && size < len_min) return `length must be at least ${len_min}`;
  if (typeof len_max === "number" && size > len_max) return `length must be at most ${len_max}`;
  const lacks = contains !== undefined && Array.isArray(value) && !value.includes(contains);
  return lacks ? `expected to contain: ${contains}` : undefined;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

const list = (values: readonly unknown[]) => values.join(", ");

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lua does not tell an empty list from an empty object. */
function isTable(value: unknown): boolean {
  return isObject(value) || (Array.isArray(value) && value.length === 0);
}
