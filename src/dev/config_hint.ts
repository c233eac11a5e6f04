// What to put into gibbon.dev.json for a plugin that does not start with an empty configuration.

import type { SchemaField } from "../kong/engine/plugin.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Stand-ins by type, for the author to put values in. */
const EMPTY: Readonly<Record<string, unknown>> = {
  string: "...",
  number: 0,
  integer: 0,
  boolean: false,
  array: [],
  set: [],
  map: {},
};

/** The fields of the configuration in a plugin's schema, as its server gives it. */
export function configFields(schema: unknown): readonly SchemaField[] {
  const fields = isFields(schema) && Array.isArray(schema.fields) ? schema.fields : [];
  const config = fields.find((field) => isFields(field) && isFields(field.config))?.config;
  return isFields(config) && Array.isArray(config.fields)
    ? config.fields.filter(isFields) as SchemaField[]
    : [];
}

/** The fields of a record that have to be given: required, and without a default. */
function requiredFields(fields: unknown): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const field of Array.isArray(fields) ? fields : []) {
    for (const [name, type] of Object.entries(isFields(field) ? field : {})) {
      if (!isFields(type)) continue;
      const inner = type.type === "record" ? requiredFields(type.fields) : {};
      const needed = type.required === true && type.default === undefined;
      if (Object.keys(inner).length > 0) found[name] = inner;
      else if (needed && type.type !== "record") found[name] = example(type);
    }
  }
  return found;
}

function example(type: Fields): unknown {
  const choices = type.one_of;
  if (Array.isArray(choices) && choices.length > 0) return choices[0];
  return EMPTY[String(type.type)] ?? "...";
}

/**
 * A piece of gibbon.dev.json with everything that a plugin cannot do without.
 *
 * @param schema the plugin's schema in Kong's language, as its server gives it
 */
export function configHint(plugin: string, schema: unknown): string {
  const entry = { config: requiredFields(configFields(schema)) };
  return JSON.stringify({ plugins: { [plugin]: entry } });
}
