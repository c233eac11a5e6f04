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
import { faultsIn, isRefusal } from "./config_faults.ts";
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
    const { entity, failure } = await setUpPlugin(plugin, setup);
    if (entity && !failure) used.push(entity);
    else if (!plugin.path) leftOut.push(failure!);
    else if (!entity || isRefusal(failure!.reason)) {
      faults.push(...faultsIn(failure!.reason, plugin.path));
    } // Kong starts instances with requests: those that cannot be started fail there.
    else used.push(entity);
  }
  return { used, leftOut, faults };
}

/** What became of a plugin. */
interface SetUp {
  readonly entity?: PluginEntity;
  readonly failure?: LeftOut;
}

async function setUpPlugin(
  plugin: ConfiguredPlugin,
  { client, sequence, secrets, warn }: PluginSetup,
): Promise<SetUp> {
  const { name, path: _, ...parts } = plugin;
  if (plugin.bundled) {
    const { priority } = ACTED_PLUGINS.get(name)!;
    return { entity: pluginEntity({ ...parts, name, phases: ["access"], priority, sequence }) };
  }
  const missing = (reference: string) =>
    warn(`plugin ${name}: ${reference} leads to nothing; the plugin gets an empty text`);
  let schema: unknown;
  let entity: PluginEntity | undefined;
  try {
    const { Phases, Priority, Schema } = v.parse(information, await client.info(name));
    schema = Schema;
    const fields = configFields(schema);
    // As Kong does when a plugin is configured, so before its server sees the configuration.
    const filled = fillDefaults(fields, plugin.config);
    const config = resolveSecrets(fields, filled, secrets, missing);
    const phases = Phases.filter(isPhase);
    entity = pluginEntity({ ...parts, name, phases, priority: Priority, config, sequence });
    await client.start(entity);
    return { entity };
  } catch (error) {
    const remedy = `Put what it needs into ${DEV_CONFIG_FILE}, such as ${configHint(name, schema)}`;
    const failure = { name, reason: messageOf(error), remedy };
    return entity ? { entity, failure } : { failure };
  }
}
