// The gateway's plugins: what the server says of them, and an instance of each configuration.
import * as v from "valibot";
import { messageOf } from "../base/errors.ts";
import { isPhase } from "../kong/engine/phases.ts";
import { ACTED_PLUGINS } from "../kong/emulator/auth/bundled.ts";
import type { MsgPackClient } from "../kong/emulator/client/client.ts";
import type { ConfigFault } from "../kong/emulator/config/file_schema.ts";
import { type PluginEntity, pluginEntity } from "../kong/emulator/plugin_entity.ts";
import type { VaultSources } from "../kong/emulator/vault/reference.ts";
import { resolveSecrets } from "../kong/emulator/vault/resolve.ts";
import { fillDefaults } from "../kong/schema/schema.ts";
import { DEV_CONFIG_FILE } from "./config.ts";
import { configFields, configHint } from "./config_hint.ts";
import type { ConfiguredPlugin, LeftOut } from "./configured_plugins.ts";

/** The plugins of a gateway. */
export interface GatewayPlugins {
  readonly used: readonly PluginEntity[];
  readonly leftOut: readonly LeftOut[];
  /** What is wrong with those of kong.yml. */
  readonly faults: readonly ConfigFault[];
}

/** What plugins are set up with. */
export interface PluginSetup {
  readonly client: MsgPackClient;
  /** Number of this configuration, higher than the one before. */
  readonly sequence: number;
  readonly secrets: VaultSources;
  /** Takes a word on something that is not as it should be. */
  readonly warn: (message: string) => void;
}

/** What the gateway needs of a server's answer to GetPluginInfo. */
const information = v.object({
  Phases: v.array(v.string()),
  Priority: v.optional(v.number(), 0),
  Schema: v.optional(v.unknown()),
});

/** Asks the server for plugins and starts an instance of each configuration. */
export async function setUpPlugins(
  plugins: readonly ConfiguredPlugin[],
  setup: PluginSetup,
): Promise<GatewayPlugins> {
  const used: PluginEntity[] = [];
  const leftOut: LeftOut[] = [];
  const faults: ConfigFault[] = [];
  for (const plugin of plugins) {
    const result = await setUpPlugin(plugin, setup);
    if (!("reason" in result)) used.push(result);
    else if (plugin.path) {
      faults.push({ path: faultyField(plugin.path, result.reason), message: result.reason });
    } else leftOut.push(result);
  }
  return { used, leftOut, faults };
}

/** The field that a server's refusal names, as in `config.limit: must be a number`. */
function faultyField(path: readonly (string | number)[], reason: string) {
  const [, inside] = /\bconfig((?:\.\w+|\[\d+\])+)/.exec(reason) ?? [];
  const parts = [...(inside ?? "").matchAll(/\.(\w+)|\[(\d+)\]/g)];
  return [...path, "config", ...parts.map(([, name, index]) => name ?? Number(index))];
}

async function setUpPlugin(
  plugin: ConfiguredPlugin,
  { client, sequence, secrets, warn }: PluginSetup,
): Promise<PluginEntity | LeftOut> {
  const { name, path: _, ...parts } = plugin;
  if (plugin.bundled) {
    const { priority } = ACTED_PLUGINS.get(name)!;
    return pluginEntity({ ...parts, name, phases: ["access"], priority, sequence });
  }
  let schema: unknown;
  try {
    const { Phases, Priority, Schema } = v.parse(information, await client.info(name));
    schema = Schema;
    const fields = configFields(schema);
    // As Kong does when a plugin is configured, so before its server sees the configuration.
    const config = resolveSecrets(
      fields,
      fillDefaults(fields, plugin.config),
      secrets,
      (missing) => {
        warn(`plugin ${name}: ${missing} leads to nothing; the plugin gets an empty text`);
      },
    );
    const phases = Phases.filter(isPhase);
    const entity = pluginEntity({ ...parts, name, phases, priority: Priority, config, sequence });
    await client.start(entity);
    return entity;
  } catch (error) {
    const remedy = `Put what it needs into ${DEV_CONFIG_FILE}, such as ${configHint(name, schema)}`;
    return { name, reason: messageOf(error), remedy };
  }
}
