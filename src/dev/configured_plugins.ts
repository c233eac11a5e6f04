// The plugins that a gateway has to run: what kong.yml says of each, or gibbon.dev.json.
import * as v from "valibot";
import type { EntityRecord } from "../kong/emulator/entities.ts";
import { ACTED_PLUGINS } from "../kong/emulator/auth/bundled.ts";
import { type ConfigFault, withoutNulls } from "../kong/emulator/config/file_schema.ts";
import type { ConfigEntity } from "../kong/emulator/config/flatten.ts";
import type { KongConfig } from "../kong/emulator/config/kong_config.ts";
import type { ConfigNote } from "../kong/emulator/config/notes.ts";
import type { EntityPath } from "../kong/emulator/config/yaml_text.ts";
import { HTTP_PROTOCOLS } from "../kong/emulator/config/field_types.ts";
import type { PluginScope } from "../kong/emulator/plugin_entity.ts";
import { isBundled } from "../kong/doctor/bundled_plugins.ts";
import { DEV_CONFIG_FILE, type DevConfig } from "./config.ts";

/** A plugin with one configuration, as it was written down. */
export interface ConfiguredPlugin {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly scope?: PluginScope;
  readonly instanceName?: string | undefined;
  /** Whether it is one of Kong's own. */
  readonly bundled?: boolean;
  /** Where it stands in kong.yml: what is wrong with it is wrong with the file. */
  readonly path?: EntityPath;
}

/** The plugins of a configuration. */
export interface ConfiguredPlugins {
  readonly plugins: readonly ConfiguredPlugin[];
  /** Those that do not run, on purpose or not. */
  readonly leftOut: readonly LeftOut[];
  /** What is not acted on. */
  readonly notes: readonly ConfigNote[];
}

/** A plugin that does not run. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
  /** What to do about it; nothing if it was left out on purpose. */
  readonly remedy?: string;
}

/** Every plugin that is loaded, with what gibbon.dev.json says of it. */
export function pluginsOfDevConfig(
  names: readonly string[],
  { plugins = {} }: DevConfig,
): ConfiguredPlugins {
  const entry = (name: string) => Object.hasOwn(plugins, name) ? plugins[name] : undefined;
  const disabled = names.filter((name) => entry(name)?.enabled === false);
  const strangers = Object.keys(plugins).filter((name) => !names.includes(name));
  return {
    plugins: names.filter((name) => !disabled.includes(name))
      .map((name) => ({ name, config: entry(name)?.config ?? {} })),
    leftOut: [
      ...disabled.map((name) => ({ name, reason: `${DEV_CONFIG_FILE} has it disabled` })),
      ...strangers.map((name) => ({
        name,
        reason: `${DEV_CONFIG_FILE} has it, but it is not loaded`,
        remedy: `Plugins that are loaded: ${names.join(", ") || "none"}.`,
      })),
    ],
    notes: [],
  };
}

/**
 * The plugins that kong.yml has.
 *
 * @param names of those that are loaded
 * @throws {GibbonError} OPTION_INVALID for one that is neither loaded nor Kong's own
 */
export function pluginsOfKongConfig(
  names: readonly string[],
  config: KongConfig,
): ConfiguredPlugins {
  const plugins: ConfiguredPlugin[] = [];
  const notes: ConfigNote[] = [];
  const faults: ConfigFault[] = [];
  for (const entity of config.entities.plugins!) {
    const { fields, path } = entity;
    const name = String(fields.name);
    const isLoaded = names.includes(name);
    if (!isLoaded && !ACTED_PLUGINS.has(name)) {
      if (!isBundled(name, undefined)) {
        faults.push({ path: [...path, "name"], message: notEnabled(name) });
      }
      const message = `the plugin ${name} of Kong's is not acted on`;
      notes.push({ path, line: config.lineOf([...path, "name"]), message });
      continue;
    }
    const protocols = fields.protocols as readonly string[];
    const runs = protocols.some((one) => (HTTP_PROTOCOLS as readonly string[]).includes(one));
    if (isLoaded) {
      if (fields.enabled === true && runs) plugins.push(configured(entity));
      continue;
    }
    const read = readBundled(entity);
    if (Array.isArray(read)) faults.push(...read);
    else if (fields.enabled === true && runs) plugins.push(read);
  }
  if (faults.length > 0) throw config.refuse(faults);
  const leftOut = names.filter((name) => !plugins.some((plugin) => plugin.name === name))
    .map((name) => ({ name, reason: `${config.file} does not have it, or has it disabled` }));
  return { plugins, leftOut, notes };
}

const notEnabled = (name: string) =>
  `plugin '${name}' not enabled; add it to the plugins directory of gibbon dev`;

const idOf = (value: unknown) => (value as EntityRecord | undefined)?.id as string | undefined;

function configured({ fields, path }: ConfigEntity): ConfiguredPlugin {
  const { name, id, config, route, service, consumer, instance_name } = fields;
  return {
    name: String(name),
    id,
    config: (config ?? {}) as Readonly<Record<string, unknown>>,
    scope: { route: idOf(route), service: idOf(service), consumer: idOf(consumer) },
    instanceName: instance_name as string | undefined,
    path,
  };
}

/** One of Kong's own, or what its schema has against it. */
function readBundled(entity: ConfigEntity): ConfiguredPlugin | ConfigFault[] {
  const plugin = configured(entity);
  const at = [...entity.path, "config"];
  if (plugin.scope?.consumer !== undefined) {
    return [{ path: [...entity.path, "consumer"], message: "value must be null" }];
  }
  const result = v.safeParse(ACTED_PLUGINS.get(plugin.name)!.config, withoutNulls(plugin.config));
  if (result.success) return { ...plugin, config: result.output, bundled: true };
  return result.issues.map((issue) => {
    const keys = issue.path?.map(({ key }) => key as string | number) ?? [];
    return { path: [...at, ...keys], message: issue.message };
  });
}
