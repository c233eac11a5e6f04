// A schema that is written in Kong's own language: all that Kong would refuse about it when it starts.
import { isPlainObject } from "../pdk/values.ts";
import { refusedFields } from "./admin_rules.ts";
import { checkAttributes } from "./attributes.ts";
import { type FieldPath, refusal } from "./refuse.ts";

/** How deep records, lists and maps may be in one another. */
const MAX_DEPTH = 32;

const FIELDS = 'Write a list of fields, each with one name: [{ limit: { type: "number" } }].';
const FIELD = 'Write what the field is: { type: "number" }.';

/** What a type needs beside it: attributes that are fields themselves. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  array: ["elements"],
  set: ["elements"],
  map: ["keys", "values"],
};

/**
 * Checks a list of fields, and all that is in them.
 *
 * @param path what it is called: `config` for the whole configuration
 * @throws {GibbonError} PLUGIN_INVALID, for the first fault
 */
export function checkFields(fields: unknown, path: FieldPath, depth = 0): void {
  if (!Array.isArray(fields)) throw refusal(path, "is no list of fields", FIELDS);
  const names = new Set<string>();
  for (const field of fields) {
    const entries = isPlainObject(field) ? Object.entries(field) : [];
    const [entry] = entries;
    if (!entry || entries.length !== 1) {
      throw refusal(path, "has a field that is no object with one name", FIELDS);
    }
    const [name, attributes] = entry;
    if (names.has(name)) throw refusal(path, `has the field ${name} twice`, "Keep one of them.");
    names.add(name);
    checkField(attributes, `${path}.${name}`, depth);
  }
}

function checkField(given: unknown, path: FieldPath, depth: number): void {
  if (!isPlainObject(given)) throw refusal(path, "is no object with a type", FIELD);
  if (depth > MAX_DEPTH) {
    throw refusal(path, `is nested deeper than ${MAX_DEPTH} levels`, "Keep the fields flatter.");
  }
  if (given.type === undefined) throw refusal(path, "has no type", FIELD);
  checkAttributes(given, path);
  const type = String(given.type);
  for (const part of PARTS[type] ?? []) {
    if (given[part] === undefined) {
      throw refusal(
        path,
        `is of type ${type} and has no ${part}`,
        `Say it: ${part}: { type: "string" }.`,
      );
    }
    checkField(given[part], `${path}.${part}`, depth + 1);
  }
  if (type === "record") checkFields(given.fields, path, depth + 1);
  if (type === "json" && given.json_schema === undefined) {
    throw refusal(
      path,
      "is of type json and has no json_schema",
      "Kong needs one: json_schema: { inline: {} }.",
    );
  }
  checkDefault(given, path);
}

/** A default has to be a value that the field itself takes: Kong refuses the schema otherwise. */
function checkDefault(field: Readonly<Record<string, unknown>>, path: FieldPath): void {
  const { default: value, ...others } = field;
  if (value === undefined || value === null) return;
  const [fault] = refusedFields([{ it: others }], { it: value });
  if (!fault) return;
  const where = fault.path.slice(1).map((key) => `.${key}`).join("");
  const what = `has a default${where && ` with ${where}`} that the field itself refuses`;
  throw refusal(path, `${what}: ${fault.message}`, "Give a default that the field takes.");
}
