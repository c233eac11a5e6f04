// Whether plugins go with a kong.yml: what `gibbon dev` would refuse, without a server or a gateway.
import { isGibbonError, messageOf } from "../base/errors.ts";
import type { GibbonError } from "../base/errors.ts";
import type { ConfigFault } from "../kong/emulator/config/file_schema.ts";
import type { ConfigNote } from "../kong/emulator/config/notes.ts";
import { resolveSecrets } from "../kong/emulator/vault/resolve.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { fillDefaults } from "../kong/schema/schema.ts";
import { faultsIn } from "./config_faults.ts";
import { pluginsOfKongConfig } from "./configured_plugins.ts";
import { nodeEntities } from "./node_setup.ts";
import { readKongFile } from "./settings.ts";

/** What there is to say of a file. */
export interface KongFileReport {
  /** What is wrong with it. */
  readonly problem?: GibbonError;
  /** What `gibbon dev` does not act on, with its place. */
  readonly notes: readonly string[];
}

/**
 * Reads a file, and has each of its configurations looked at by its plugin's schema.
 *
 * @param env where references to secrets lead
 */
export function checkKongFile(
  path: string,
  plugins: readonly Plugin[],
  env: Readonly<Record<string, string | undefined>>,
): KongFileReport {
  try {
    const config = readKongFile(path);
    const names = plugins.map(({ name }) => name);
    const configured = pluginsOfKongConfig(names, config);
    const { vaults } = nodeEntities(config);
    const faults: ConfigFault[] = [];
    for (const { name, config: given, path: at = [], bundled } of configured.plugins) {
      const plugin = plugins.find((one) => one.name === name);
      if (!plugin || bundled) continue;
      const filled = fillDefaults(plugin.schema, given);
      try {
        plugin.configure(resolveSecrets(plugin.schema, filled, { env, vaults }, () => {}));
      } catch (error) {
        faults.push(...faultsIn(messageOf(error), at));
      }
    }
    const notes = [...config.notes, ...configured.notes].map(({ line, message }: ConfigNote) =>
      `${path}:${line}: ${message}`
    );
    return faults.length === 0 ? { notes } : { problem: config.refuse(faults), notes };
  } catch (error) {
    if (isGibbonError(error)) return { problem: error, notes: [] };
    throw error;
  }
}
