// The gateway's plugins: what the server says of them, and an instance of each configuration.
import * as v from "valibot";
import { messageOf } from "../base/errors.ts";
import { isPhase } from "../kong/engine/phases.ts";
import { ACTED_PLUGINS } from "../kong/emulator/auth/bundled.ts";
import type { PluginServerClient } from "../kong/emulator/client/client_options.ts";
import type { ConfigFault } from "../kong/emulator/config/file_schema.ts";
import {
  type PluginEntity,
  pluginEntity,
  type PluginParts,
} from "../kong/emulator/plugin_entity.ts";
import type { VaultSources } from "../kong/emulator/vault/reference.ts";
import { resolveSecrets } from "../kong/emulator/vault/resolve.ts";
import { readRefusal } from "../kong/schema/issues.ts";
import { fillDefaults } from "../kong/schema/schema.ts";
import { faultsIn } from "./config_faults.ts";
import { configFields, configRemedy } from "./config_hint.ts";
import type { ConfiguredPlugin, LeftOut } from "./configured_plugins.ts";
import type { OwnServer } from "./own_server.ts";

/** The plugins of a gateway. */
export interface GatewayPlugins {
  /** All of them, also those that fail. */
  readonly used: readonly PluginEntity[];
  /** Those that cannot run: as in Kong, their requests fail. */
  readonly broken: readonly BrokenPlugin[];
  /** What is wrong with those of kong.yml. */
  readonly faults: readonly ConfigFault[];
}

/** What plugins are set up with. */
export interface PluginSetup {
  readonly client: PluginServerClient;
  readonly ownServer: OwnServer | undefined;
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
  const broken: BrokenPlugin[] = [];
  const faults: ConfigFault[] = [];
  for (const plugin of plugins) {
    const { entity, failure } = await setUpPlugin(plugin, setup);
    const isFault = plugin.path !== undefined && failure !== undefined &&
      (!failure.isKnown || readRefusal(failure.reason) !== undefined);
    if (isFault) faults.push(...faultsIn(failure.reason, plugin.path));
    else used.push(entity);
    if (failure && !isFault) broken.push(failure);
  }
  return { used, broken, faults };
}

/** A plugin that cannot run. */
export interface BrokenPlugin extends LeftOut {
  /** Whether its server knows it: then it is tried again with each request. */
  readonly isKnown: boolean;
}

/** What became of a plugin. */
interface SetUp {
  readonly entity: PluginEntity;
  readonly failure?: BrokenPlugin;
}

async function setUpPlugin(
  plugin: ConfiguredPlugin,
  { client, ownServer, sequence, secrets, warn }: PluginSetup,
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
    const reason = messageOf(error);
    if (entity) {
      const misfits = (config: unknown) => ownServer?.misfits(name, config) ?? [];
      const isRefused = readRefusal(reason) !== undefined || misfits(entity.config).length > 0;
      const remedy = isRefused ? configRemedy(name, schema, misfits) : undefined;
      const failure = { name, reason, isKnown: true, ...(remedy === undefined ? {} : { remedy }) };
      return { entity, failure };
    }
    return { entity: failingEntity(name, parts), failure: { name, reason, isKnown: false } };
  }
}

/** Stands for a plugin of which nothing is known but that requests need it. */
export function failingEntity(name: string, parts: Partial<PluginParts> = {}): PluginEntity {
  return pluginEntity({ ...parts, name, phases: ["access"] });
}
