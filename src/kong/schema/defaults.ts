// A configuration with what Kong fills in: defaults, the defaults in records, null for the rest.
import type { SchemaField } from "../engine/plugin.ts";

type Attributes = Readonly<Record<string, unknown>>;

/**
 * Fills a configuration as Kong does before it hands it to a plugin.
 *
 * @param fields the configuration's fields, in Kong's schema language
 * @param config what is there already; its keys that are no fields stay as they are
 * @returns a new object. Required fields without a default that are not given stay away
 */
export function fillDefaults(
  fields: readonly SchemaField[],
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...config };
  for (const field of fields) {
    for (const [name, attributes] of Object.entries(field)) {
      const value = fill(attributes, Object.hasOwn(config, name) ? config[name] : undefined);
      if (value !== undefined) filled[name] = value;
    }
  }
  return filled;
}

/** The configuration of somebody who configures nothing. */
export function defaultConfig(fields: readonly SchemaField[]): Record<string, unknown> {
  return fillDefaults(fields, {});
}

function fill(attributes: Attributes, value: unknown): unknown {
  if (value !== undefined) return fillInside(attributes, value);
  if (attributes.default !== undefined) return structuredClone(attributes.default);
  if (attributes.type === "record" && attributes.required !== false) {
    return fillInside(attributes, {});
  }
  return attributes.required === true ? undefined : null;
}

function fillInside({ type, fields, elements, values }: Attributes, value: unknown): unknown {
  if (type === "record" && isObject(value)) {
    return fillDefaults((fields ?? []) as readonly SchemaField[], value);
  }
  if (Array.isArray(value) && isObject(elements)) {
    return value.map((item) => fillInside(elements, item));
  }
  if (type === "map" && isObject(value) && isObject(values)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, fillInside(values, item)]));
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
