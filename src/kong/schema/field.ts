// A shape as a field of Kong's schema language.
import type { SchemaField } from "../engine/plugin.ts";
import { checkAttributes } from "./attributes.ts";
import { type Attributes, listChecks, mapChecks, numberChecks, stringChecks } from "./checks.ts";
import { accepts } from "./accepts.ts";
import { asJson } from "./json.ts";
import { type FieldPath, refusal } from "./refuse.ts";
import type { ObjectShape, Shape, StringShape } from "./shape.ts";

/** Kong refuses descriptions that are shorter or longer. */
const DESCRIPTION = { shortest: 10, longest: 500 };

/**
 * The fields of an object.
 *
 * @throws {GibbonError} PLUGIN_INVALID
 */
export function toFields(shape: ObjectShape, path: FieldPath): SchemaField[] {
  return [...shape.entries].map(([name, entry]) => ({
    [name]: toField(entry, `${path}.${name}`),
  }));
}

/** A field with what is known of its presence: an absent default, a required value. */
function toField(shape: Shape, path: FieldPath): Attributes {
  return toElement(shape, path, presence(shape, path));
}

/** Records of a configuration are required unless they say no; everything else is not. */
function presence(shape: Shape, path: FieldPath): Attributes {
  if (shape.absence === "required") return { required: true };
  const isRecord = shape.kind === "object" || shape.kong.type === "record";
  const attributes: Attributes = isRecord ? { required: false } : {};
  if (shape.default === undefined) return attributes;
  if (!accepts(shape, shape.default)) {
    throw refusal(path, "has a default that its own checks refuse", "Correct one of the two.");
  }
  return { ...attributes, default: asJson(shape.default, path) };
}

/** An element of a list or map, which Kong takes as required. */
function toElement(shape: Shape, path: FieldPath, presence: Attributes = {}): Attributes {
  const attributes = { ...typed(shape, path), ...presence, ...described(shape), ...shape.kong };
  checkAttributes(attributes, path);
  return attributes;
}

function typed(shape: Shape, path: FieldPath): Attributes {
  switch (shape.kind) {
    case "string":
      return toString(shape);
    case "number":
      return numberChecks(shape);
    case "boolean":
      return { type: "boolean", ...(shape.only === undefined ? {} : { eq: shape.only }) };
    case "array":
    case "set":
      return {
        type: shape.kind,
        elements: toElement(shape.items, `${path}[]`),
        ...listChecks(shape),
      };
    case "map":
    case "record":
      return {
        type: "map",
        keys: toElement(shape.keys, `${path}.(key)`),
        values: toElement(shape.values, `${path}.*`),
        ...mapChecks(shape),
      };
    case "object":
      return { type: "record", fields: toFields(shape, path) };
    case "given":
      return {};
  }
}

/** Kong refuses empty strings unless it is told not to. */
function toString(shape: StringShape): Attributes {
  const attributes = stringChecks(shape);
  const said = attributes.len_eq !== undefined || attributes.len_min !== undefined;
  return said || !accepts(shape, "") ? attributes : { ...attributes, len_min: 0 };
}

function described({ description }: Shape): Attributes {
  if (description === undefined) return {};
  const { length } = new TextEncoder().encode(description);
  return length >= DESCRIPTION.shortest && length <= DESCRIPTION.longest ? { description } : {};
}
