// The attributes of Kong's schema language, and on which types each of them works.
import { type FieldPath, refusal } from "./refuse.ts";
import type { Attributes } from "./checks.ts";

const NUMBERS = ["integer", "number"];
const SCALARS = [...NUMBERS, "boolean", "string"];
const LISTS = ["array", "set"];
const SIZED = [...LISTS, "map", "string"];
const TYPES = [...SCALARS, ...LISTS, "map", "record", "json", "foreign"];

/**
 * Where an attribute works. Kong refuses a schema with an attribute that it does not know, and
 * with some that do not suit the type; others pass and raise an error once a value is checked.
 * What only a function in Lua could be is left out. Kong 3.9.3; older ones know fewer.
 */
const WORKS_ON: Readonly<Record<string, readonly string[]>> = {
  required: TYPES,
  description: TYPES,
  examples: TYPES,
  default: TYPES,
  err: TYPES,
  encrypted: TYPES,
  immutable: TYPES,
  generate_admin_api: TYPES,
  deprecation: TYPES,
  transient: [...SCALARS, ...LISTS],
  abstract: ["array", "integer", "map", "number", "record", "set", "string"],
  auto: [...NUMBERS, "string"],
  unique: [...NUMBERS, "string", "foreign"],
  unique_across_ws: [...NUMBERS, "string", "foreign"],
  reference: ["foreign"],
  on_delete: ["foreign"],
  json_schema: ["json"],
  referenceable: ["string"],
  eq: SCALARS,
  ne: SCALARS,
  not_one_of: SCALARS,
  one_of: [...NUMBERS, "string"],
  between: NUMBERS,
  gt: NUMBERS,
  timestamp: NUMBERS,
  len_eq: SIZED,
  len_min: SIZED,
  len_max: SIZED,
  match: ["string"],
  not_match: ["string"],
  match_all: ["string"],
  match_none: ["string"],
  match_any: ["string"],
  starts_with: ["string"],
  is_regex: ["string"],
  uuid: ["string"],
  contains: LISTS,
  mutually_exclusive_subsets: LISTS,
  elements: LISTS,
  keys: ["map"],
  values: ["map"],
  fields: ["record"],
  entity_checks: ["record"],
};

/** What the value of an attribute has to be, where Kong looks at that. */
interface Kind {
  readonly attributes: readonly string[];
  readonly says: string;
  accepts(value: unknown): boolean;
}

const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number" && !Number.isNaN(value);

const KINDS: readonly Kind[] = [
  {
    attributes: [
      ...["required", "auto", "unique", "unique_across_ws", "abstract", "generate_admin_api"],
      ...["immutable", "encrypted", "referenceable", "transient", "timestamp", "uuid", "is_regex"],
    ],
    says: "true or false",
    accepts: (value) => typeof value === "boolean",
  },
  {
    attributes: ["description", "err", "match", "not_match", "starts_with", "reference"],
    says: "a string",
    accepts: isText,
  },
  { attributes: ["gt"], says: "a number", accepts: isNumber },
  {
    attributes: ["len_eq", "len_min", "len_max"],
    says: "a whole number",
    accepts: (value) => Number.isInteger(value),
  },
  {
    attributes: ["between"],
    says: "a list of two numbers, the smaller one first",
    accepts: (value) =>
      Array.isArray(value) && value.length === 2 && value.every(isNumber) && value[0] <= value[1],
  },
  {
    attributes: ["one_of", "not_one_of", "examples", "match_all", "match_none", "entity_checks"],
    says: "a list",
    accepts: Array.isArray,
  },
];

/** Attributes that act as soon as they are there, even when they say false. */
const ONLY_TRUE: ReadonlySet<string> = new Set(["uuid", "is_regex", "timestamp"]);

/**
 * Checks what an author said in Kong's language, so that Kong does not have to refuse it later.
 *
 * @throws {GibbonError} PLUGIN_INVALID
 */
export function checkAttributes(attributes: Attributes, path: FieldPath): void {
  const { type, ...others } = attributes;
  if (typeof type !== "string" || !TYPES.includes(type)) {
    throw refusal(path, `has the type ${print(type)}`, `Kong has the types ${TYPES.join(", ")}.`);
  }
  for (const [name, value] of Object.entries(others)) {
    const types = Object.hasOwn(WORKS_ON, name) ? WORKS_ON[name] : undefined;
    if (!types) {
      throw refusal(path, `has the attribute ${print(name)}`, "Kong has no such attribute.");
    }
    if (!types.includes(type)) {
      const remedy = `Kong knows it on ${types.join(", ")} only.`;
      throw refusal(path, `is of type ${type} and has the attribute ${name}`, remedy);
    }
    if (value === null || value === undefined || (value === false && ONLY_TRUE.has(name))) {
      const remedy = "Leave it out: Kong takes it as if it were true.";
      throw refusal(path, `has the attribute ${name} with the value ${value}`, remedy);
    }
    const kind = KINDS.find((one) => one.attributes.includes(name));
    if (kind && !kind.accepts(value)) {
      const remedy = `It has to be ${kind.says}.`;
      throw refusal(path, `has the attribute ${name} with the value ${print(value)}`, remedy);
    }
  }
}

function print(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
