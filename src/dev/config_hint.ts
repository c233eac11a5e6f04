// What to put into gibbon.dev.json for a plugin that does not start with an empty configuration.
import type { SchemaField } from "../kong/engine/plugin.ts";
import { exampleConfig, type Misfits } from "../kong/schema/example.ts";
import { DEV_CONFIG_FILE } from "./config.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields of the configuration in a plugin's schema, as its server gives it. */
export function configFields(schema: unknown): readonly SchemaField[] {
  const fields = isFields(schema) && Array.isArray(schema.fields) ? schema.fields : [];
  const config = fields.find((field) => isFields(field) && isFields(field.config))?.config;
  return isFields(config) && Array.isArray(config.fields)
    ? config.fields.filter(isFields) as SchemaField[]
    : [];
}

/**
 * Says how a plugin would start: with a piece of gibbon.dev.json that has everything it cannot do without.
 *
 * @param schema the plugin's schema in Kong's language, as its server gives it
 * @param misfits looks at a configuration as the plugin itself does
 */
export function configRemedy(plugin: string, schema: unknown, misfits: Misfits): string {
  const { config, fits } = exampleConfig(configFields(schema), misfits);
  const piece = JSON.stringify({ plugins: { [plugin]: { config } } });
  const others = fits ? "" : ", with other values: the plugin takes none of those that were tried";
  return `Put what it needs into ${DEV_CONFIG_FILE}, such as ${piece}${others}`;
}
