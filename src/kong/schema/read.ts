// Reads a valibot schema into a shape, or says why it cannot.
import { readListed } from "./options.ts";
import { type FieldPath, refusal, unsayable } from "./refuse.ts";
import type { Bare, Field, ObjectShape, Shape } from "./shape.ts";
import { unwrap } from "../../modules/valibot/unwrap.ts";
import { isSchema, type Schema } from "../../modules/valibot/schema.ts";

/** Deeper than anyone configures; a schema that contains itself has no end. */
const DEEPEST = 32;

/**
 * Reads a schema.
 *
 * @throws {GibbonError} PLUGIN_INVALID, if Kong's language has no counterpart
 */
export function readShape(schema: unknown, path: FieldPath, depth = 0): Shape {
  if (!isSchema(schema)) throw notValibot(schema, path);
  if (schema.async) throw isAsync(path);
  if (depth > DEEPEST) {
    throw refusal(path, `is nested more than ${DEEPEST} deep`, "Use a flatter configuration.");
  }
  const { base, acceptsMissing, acceptsNull, acceptsUndefined, ...rest } = unwrap(schema);
  const field: Field = {
    absence: acceptsMissing
      ? "missing"
      : acceptsNull
      ? "null"
      : acceptsUndefined
      ? "undefined"
      : "required",
    default: rest.default,
    checks: rest.checks,
    description: rest.description,
    kong: rest.kong,
  };
  if (rest.kong.type !== undefined) return { kind: "given", ...field };
  return { ...readBase(base, path, depth + 1), ...field };
}

function readBase(base: Schema, path: FieldPath, depth: number): Bare {
  switch (base.type) {
    case "string":
    case "number":
      return { kind: base.type, options: undefined };
    case "boolean":
      return { kind: "boolean", only: undefined };
    case "literal":
    case "picklist":
    case "enum":
    case "union":
      return readListed(base, path);
    case "array":
      return { kind: "array", items: readShape(base.item, `${path}[]`, depth) };
    case "set":
      return { kind: "set", items: readShape(base.value, `${path}[]`, depth) };
    case "map":
    case "record":
      return {
        kind: base.type,
        keys: readKeys(base.key, `${path}.(key)`, depth),
        values: readShape(base.value, `${path}.*`, depth),
      };
    case "object":
    case "loose_object":
    case "strict_object":
      return readObject(base, path, depth);
    default:
      throw unsayable(path, base.type);
  }
}

function readObject(base: Schema, path: FieldPath, depth: number): Bare<ObjectShape> {
  const entries = new Map<string, Shape>();
  for (const [name, entry] of Object.entries(base.entries ?? {})) {
    entries.set(name, readShape(entry, `${path}.${name}`, depth));
  }
  return { kind: "object", entries, keepsUnknown: base.type !== "object" };
}

/** JSON has no keys but strings. */
function readKeys(schema: unknown, path: FieldPath, depth: number): Shape {
  const keys = readShape(schema, path, depth);
  if (keys.kind === "string" || keys.kind === "given") return keys;
  throw refusal(
    path,
    `is a ${keys.kind}, but keys are always strings`,
    "Use v.string() or a v.picklist of strings for the keys, with v.transform if need be.",
  );
}

function isAsync(path: FieldPath): Error {
  return refusal(
    path,
    "is an async schema, but a configuration is checked without waiting",
    "Use the schema without Async, and do what takes time in init(config).",
  );
}

function notValibot(schema: unknown, path: FieldPath): Error {
  const standard = (schema as { "~standard"?: { vendor?: unknown } } | null | undefined)
    ?.["~standard"];
  const vendor = typeof standard?.vendor === "string" ? standard.vendor : undefined;
  return refusal(
    path,
    vendor && vendor !== "valibot" ? `is a schema of ${vendor}` : "is not a schema of valibot 1.x",
    'Write it with valibot: import * as v from "valibot"; config: v.object({ ... }).',
  );
}
