// Describes valibot schemas in the words in which Go's plugins describe their types.
import { unwrap } from "../../modules/valibot/unwrap.ts";
import { isSchema, type Schema } from "../../modules/valibot/schema.ts";
import type { HubEntity } from "../messages.ts";

/** Deepest nesting that is described; below it everything is an `interface`. */
const DEPTH = 20;

/**
 * What a schema describes.
 *
 * @param schema anything else, and undefined too, is `interface`
 * @returns undefined for an object without fields, of which Go has no description either
 */
export function describeSchema(schema: unknown): HubEntity | undefined {
  const { type, fields } = describe(schema, 0);
  if (type === "struct" && fields.length === 0) return undefined;
  return { name: "", type, mandatory: false, fields };
}

/** A type with the fields of the structs in it. */
interface Type {
  readonly type: string;
  readonly fields: readonly HubEntity[];
}

const ANY: Type = { type: "interface", fields: [] };

function plain(type: string): Type {
  return { type, fields: [] };
}

function describe(schema: unknown, depth: number): Type {
  if (!isSchema(schema) || depth > DEPTH) return ANY;
  const { base, checks } = unwrap(schema);
  switch (base.type) {
    case "string":
      return plain("string");
    case "boolean":
      return plain("bool");
    case "number":
      return plain(isWhole(checks) ? "int" : "float64");
    case "picklist":
    case "enum":
      return ofValues(base.options ?? []);
    case "literal":
      return ofValues([base.literal]);
    case "array": {
      const { type, fields } = describe(base.item, depth + 1);
      return { type: `[]${type}`, fields };
    }
    case "record": {
      const { type, fields } = describe(base.value, depth + 1);
      return { type: `map[string]${type}`, fields };
    }
    case "object":
    case "loose_object":
    case "strict_object":
    case "object_with_rest":
      return { type: "struct", fields: describeFields(base, depth) };
    default:
      return ANY;
  }
}

function describeFields(base: Schema, depth: number): HubEntity[] {
  const entries = Object.entries(base.entries ?? {}).filter(([, entry]) => !isLeftOut(entry));
  return entries.map(([name, entry]) => ({
    name,
    mandatory: isSchema(entry) && !unwrap(entry).acceptsMissing,
    ...describe(entry, depth + 1),
  }));
}

/** Whether a schema says `v.metadata({ brpc: "-" })`, as a field's tag does in Go. */
function isLeftOut(schema: Schema): boolean {
  const { pipe, wrapped } = schema;
  // What a pipe begins with shows through it, so the pipe comes first.
  if (!pipe) return wrapped !== undefined && isLeftOut(wrapped);
  const [first, ...items] = pipe;
  return isLeftOut(first) || items.some(({ metadata }) => metadata?.["brpc"] === "-");
}

/** What an author says of a type, beside what its schema says. */
export interface HubDescription {
  /** Whether it has to be there. */
  readonly mandatory?: boolean;
  /** The fields that are described, by name; all where this is left out. */
  readonly fields?: Readonly<Record<string, HubDescription>>;
}

/**
 * Merges an author's description over a schema's, as brpc merges Functions: of the schema's fields those
 * stay that the author names, and whether they are mandatory is the author's word.
 */
export function mergeDescription(
  found: HubEntity | undefined,
  said: HubDescription | undefined,
): HubEntity | undefined {
  if (!found || !said || found.fields.length === 0) return found;
  const { mandatory = false, fields } = said;
  if (!fields) return { ...found, mandatory };
  const kept = found.fields.filter(({ name }) => Object.hasOwn(fields, name));
  return {
    ...found,
    mandatory,
    fields: kept.map((field) => mergeField(field, fields[field.name])),
  };
}

function mergeField(
  found: HubEntity,
  { mandatory = false, fields }: HubDescription = {},
): HubEntity {
  const own = { ...found, mandatory };
  return fields ? mergeDescription(own, { mandatory, fields }) ?? own : own;
}

function isWhole(checks: readonly { readonly type: string }[]): boolean {
  return checks.some(({ type }) => type === "integer" || type === "safe_integer");
}

/** The type that all values have. */
function ofValues(values: readonly unknown[]): Type {
  const [kind, ...others] = new Set(values.map((value) => typeof value));
  if (others.length > 0) return ANY;
  if (kind === "string") return plain("string");
  if (kind === "boolean") return plain("bool");
  if (kind === "number") return plain(values.every(Number.isInteger) ? "int" : "float64");
  return ANY;
}
