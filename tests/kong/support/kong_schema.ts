// Kong's part in checking a configuration, for the attributes that gibbon writes by itself.
import type { SchemaField } from "../../../src/kong/engine/plugin.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** Why Kong would refuse a configuration whose defaults are filled in; undefined if it would not. */
export function kongRefuses(
  fields: readonly SchemaField[],
  config: Readonly<Record<string, unknown>>,
): string | undefined {
  const known = new Map(fields.flatMap((field) => Object.entries(field)));
  for (const name of Object.keys(config)) {
    if (!known.has(name)) return `${name}: unknown field`;
  }
  for (const [name, attributes] of known) {
    const value = config[name] ?? null;
    const required = attributes.required ?? attributes.type === "record";
    const reason = value !== null
      ? refuses(attributes, value)
      : required
      ? "required field missing"
      : undefined;
    if (reason) return `${name}: ${reason}`;
  }
  return undefined;
}

function refuses(field: Attributes, value: unknown): string | undefined {
  const { type } = field;
  if (value === null) return "an element is required";
  if (type === "string") return typeof value === "string" ? refusesString(field, value) : "type";
  if (type === "boolean") return typeof value === "boolean" ? refusesValue(field, value) : "type";
  if (type === "number" || type === "integer") {
    if (typeof value !== "number" || (type === "integer" && !Number.isInteger(value))) {
      return "type";
    }
    return refusesNumber(field, value);
  }
  if (type === "array" || type === "set") return refusesList(field, value);
  const isObject = typeof value === "object" && !Array.isArray(value);
  if (!isObject) return "type";
  const object = value as Record<string, unknown>;
  if (type === "record") return kongRefuses(field.fields as SchemaField[], object);
  return refusesMap(field, object);
}

function refusesString(field: Attributes, value: string): string | undefined {
  if (typeof field.starts_with === "string" && !value.startsWith(field.starts_with)) return "start";
  if ("uuid" in field && !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) return "uuid";
  const bytes = new TextEncoder().encode(value).length;
  return refusesValue(field, value) ?? refusesLength({ len_min: 1, ...field }, bytes);
}

function refusesNumber(field: Attributes, value: number): string | undefined {
  const [low, high] = (field.between ?? [-Infinity, Infinity]) as [number, number];
  if (value < low || value > high) return "between";
  if (typeof field.gt === "number" && value <= field.gt) return "gt";
  return refusesValue(field, value);
}

function refusesList(field: Attributes, value: unknown): string | undefined {
  if (!Array.isArray(value)) return "type";
  const isScalar = value.every((item) => typeof item !== "object");
  const list = field.type === "set" && isScalar ? [...new Set(value)] : value;
  if ("contains" in field && !list.includes(field.contains)) return "contains";
  for (const item of list) {
    const reason = refuses(field.elements as Attributes, item);
    if (reason) return `an element: ${reason}`;
  }
  return refusesLength(field, list.length);
}

function refusesMap(field: Attributes, value: Record<string, unknown>): string | undefined {
  for (const [key, item] of Object.entries(value)) {
    const reason = refuses(field.keys as Attributes, key) ??
      refuses(field.values as Attributes, item);
    if (reason) return `an entry: ${reason}`;
  }
  return refusesLength(field, Object.keys(value).length);
}

function refusesLength(field: Attributes, length: number): string | undefined {
  if (typeof field.len_eq === "number" && length !== field.len_eq) return "len_eq";
  if (typeof field.len_min === "number" && length < field.len_min) return "len_min";
  return typeof field.len_max === "number" && length > field.len_max ? "len_max" : undefined;
}

/** Kong takes `eq: false` for an attribute that is not there. */
function refusesValue(field: Attributes, value: unknown): string | undefined {
  if (field.eq && value !== field.eq) return "eq";
  if (field.ne && value === field.ne) return "ne";
  if (Array.isArray(field.one_of) && !field.one_of.includes(value)) return "one_of";
  return Array.isArray(field.not_one_of) && field.not_one_of.includes(value) ? "no" : undefined;
}
