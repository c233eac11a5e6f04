// The plugins that can be named by a client: those of the directory and no others.
import { GibbonError } from "../../base/errors.ts";
import type { Plugin } from "./plugin.ts";

/** A plugin with what happened to its instances. */
export interface RegisteredPlugin {
  readonly plugin: Plugin;
  /** Unix seconds; 0 for never. */
  lastStart: number;
  /** Unix seconds; 0 for never. */
  lastClose: number;
}

/** Plugins by name. */
export class PluginRegistry {
  #entries = new Map<string, RegisteredPlugin>();

  /** Puts a set of plugins in the place of the one that was there. */
  replace(plugins: Iterable<Plugin>): void {
    const entries = new Map<string, RegisteredPlugin>();
    for (const plugin of plugins) {
      const old = this.#entries.get(plugin.name);
      const { lastStart = 0, lastClose = 0 } = old ?? {};
      entries.set(plugin.name, { plugin, lastStart, lastClose });
    }
    this.#entries = entries;
  }

  /**
   * @param name as the gateway says it
   * @throws {GibbonError} PLUGIN_UNKNOWN
   */
  get(name: string): RegisteredPlugin {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    const known = [...this.#entries.keys()].join(", ") || "none";
    throw new GibbonError("PLUGIN_UNKNOWN", `There is no plugin ${JSON.stringify(name)}`, {
      remedy: `Loaded plugins: ${known}. Check the plugins directory with gibbon check.`,
    });
  }

  /** All of them, in the order in which they were found. */
  list(): RegisteredPlugin[] {
    return [...this.#entries.values()];
  }
}
