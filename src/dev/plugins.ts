// The gateway's plugins: what the server says of them, what gibbon.dev.json says, and who is left out.
import * as v from "valibot";
import { messageOf } from "../base/errors.ts";
import { isPhase } from "../kong/engine/phases.ts";
import type { MsgPackClient } from "../kong/emulator/client/client.ts";
import { type PluginEntity, pluginEntity } from "../kong/emulator/plugin_entity.ts";
import { fillDefaults } from "../kong/schema/schema.ts";
import { DEV_CONFIG_FILE, type DevConfig } from "./config.ts";
import { configFields, configHint } from "./config_hint.ts";

/** A plugin that does not run. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
  /** What to do about it; nothing if it was left out on purpose. */
  readonly remedy?: string;
}

/** The plugins of a gateway. */
export interface GatewayPlugins {
  readonly used: readonly PluginEntity[];
  readonly leftOut: readonly LeftOut[];
}

/** What the gateway needs of a server's answer to GetPluginInfo. */
const information = v.object({
  Phases: v.array(v.string()),
  Priority: v.optional(v.number(), 0),
  Schema: v.optional(v.unknown()),
});

/**
 * Asks the server for plugins and starts an instance of each.
 *
 * @param names as the server knows them
 * @param sequence number of this configuration, higher than the one before
 */
export async function setUpPlugins(
  client: MsgPackClient,
  names: readonly string[],
  config: DevConfig,
  sequence: number,
): Promise<GatewayPlugins> {
  const used: PluginEntity[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of names) {
    const result = await setUpPlugin(client, name, config, sequence);
    if ("reason" in result) leftOut.push(result);
    else used.push(result);
  }
  for (const name of Object.keys(config.plugins ?? {})) {
    if (names.includes(name)) continue;
    const remedy = `Plugins that are loaded: ${names.join(", ") || "none"}.`;
    leftOut.push({ name, reason: `${DEV_CONFIG_FILE} has it, but it is not loaded`, remedy });
  }
  return { used, leftOut };
}

async function setUpPlugin(
  client: MsgPackClient,
  name: string,
  config: DevConfig,
  sequence: number,
): Promise<PluginEntity | LeftOut> {
  const entry = Object.hasOwn(config.plugins ?? {}, name) ? config.plugins?.[name] : undefined;
  if (entry?.enabled === false) return { name, reason: `${DEV_CONFIG_FILE} has it disabled` };
  let schema: unknown;
  try {
    const { Phases, Priority, Schema } = v.parse(information, await client.info(name));
    schema = Schema;
    const phases = Phases.filter(isPhase);
    // As Kong does when a plugin is configured, so before its server sees the configuration.
    const filled = fillDefaults(configFields(schema), entry?.config ?? {});
    const own = { name, phases, priority: Priority, config: filled, sequence };
    const plugin = pluginEntity(own);
    await client.start(plugin);
    return plugin;
  } catch (error) {
    const remedy = `Put what it needs into ${DEV_CONFIG_FILE}, such as ${configHint(name, schema)}`;
    return { name, reason: messageOf(error), remedy };
  }
}
