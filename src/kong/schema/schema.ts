// The way in: a plugin's configuration schema becomes Kong's, and a parser of configurations.
import type * as v from "valibot";
import type { SchemaField } from "../engine/plugin.ts";
import { toFields } from "./field.ts";
import { createParser } from "./parse.ts";
import { refusal } from "./refuse.ts";
import { readShape } from "./read.ts";
import type { ObjectShape } from "./shape.ts";

export { defaultConfig, fillDefaults } from "./defaults.ts";
export { withoutDescriptions } from "./older.ts";

/**
 * The fields of a configuration in Kong's schema language. What that language cannot say is left
 * to the parser; nothing is said that would make Kong refuse what the schema takes, but for two
 * things: Kong counts the bytes of strings, and its ranges end at 10^18.
 *
 * @param schema the plugin's `config`; undefined if it has none
 * @throws {GibbonError} PLUGIN_INVALID, with the path of what has no counterpart
 */
export function toKongSchema(schema: v.GenericSchema | undefined): SchemaField[] {
  return schema === undefined ? [] : toFields(readConfig(schema), "config");
}

/**
 * A parser of configurations: takes what Kong sends (parsed from JSON), gives what handlers see.
 * Kong's nulls count as absent, its own keys are dropped, lists become Sets and objects Maps
 * where the schema says so. Without a schema, every configuration is an empty object.
 *
 * @param schema the plugin's `config`; undefined if it has none
 * @param plugin the plugin's name, for errors
 * @returns throws GibbonError CONFIG_INVALID
 * @throws {GibbonError} PLUGIN_INVALID, as `toKongSchema`
 */
export function configParser(
  schema: v.GenericSchema | undefined,
  plugin?: string,
): (raw: unknown) => unknown {
  return schema === undefined ? () => ({}) : createParser(schema, readConfig(schema), plugin);
}

function readConfig(schema: v.GenericSchema): ObjectShape {
  const shape = readShape(schema, "config");
  if (shape.kind === "object") return shape;
  throw refusal(
    "config",
    "is not an object",
    'Name the settings: config: v.object({ limit: v.number() }), with import * as v from "valibot".',
  );
}
