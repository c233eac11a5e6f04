// The plugins of a test, configured: what Kong or the plugin has against a configuration is an error.
import { GibbonError } from "../base/errors.ts";
import { type ConfiguredPlugin, pluginsOfKongConfig } from "../dev/configured_plugins.ts";
import { type PluginSetup, setUpPlugins } from "../dev/plugins.ts";
import type { ConfigFault } from "../kong/emulator/config/file_schema.ts";
import type { KongConfig } from "../kong/emulator/config/kong_config.ts";
import { pathText } from "../kong/emulator/config/yaml_text.ts";
import type { PluginEntity } from "../kong/emulator/plugin_entity.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { refusedFields } from "../kong/schema/admin_rules.ts";
import { fillDefaults } from "../kong/schema/schema.ts";

/**
 * Starts an instance of each plugin.
 *
 * @throws {GibbonError} CONFIG_INVALID; PLUGIN_BROKEN if an instance cannot be started; OPTION_INVALID
 * for a plugin of the configuration that is neither tested nor one of Kong's that are acted out
 */
export async function setUpTested(
  config: KongConfig,
  plugins: readonly Plugin[],
  setup: PluginSetup,
): Promise<readonly PluginEntity[]> {
  const configured = pluginsOfKongConfig(plugins.map(({ name }) => name), config);
  const refused = configured.plugins.flatMap((one) => refusedByKong(one, plugins));
  if (refused.length > 0) throw refusal(config, refused);
  const { used, broken: [broken], faults } = await setUpPlugins(configured.plugins, setup);
  if (faults.length > 0) throw refusal(config, faults);
  if (!broken) return used;
  const { name: plugin, reason, remedy } = broken;
  throw new GibbonError("PLUGIN_BROKEN", `no instance of ${plugin} can be started: ${reason}`, {
    plugin,
    remedy,
  });
}

/** What Kong has against a configuration: its server does not see it then. */
function refusedByKong(
  { name, config, path = [] }: ConfiguredPlugin,
  plugins: readonly Plugin[],
): ConfigFault[] {
  const plugin = plugins.find((one) => one.name === name);
  if (!plugin) return [];
  return refusedFields(plugin.schema, fillDefaults(plugin.schema, config)).map((refused) => ({
    path: [...path, "config", ...refused.path],
    message: refused.message,
  }));
}

/** The error for configurations that do not fit, by plugin and field. */
function refusal(
  { entities }: KongConfig,
  faults: readonly ConfigFault[],
): GibbonError {
  const told = faults.map(({ path, message }) => {
    const plugin = entities.plugins!.find((one) => path[1] === one.path[1])?.fields.name;
    return { plugin: String(plugin), text: `${pathText(path.slice(2))}: ${message}` };
  });
  const [first] = told;
  const texts = told.map(({ text }) => text).join("; ");
  return new GibbonError(
    "CONFIG_INVALID",
    `Kong would refuse the configuration of ${first?.plugin}: ${texts}`,
    { plugin: first?.plugin, remedy: "Give the plugin a configuration that its schema takes." },
  );
}
