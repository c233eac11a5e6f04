// What the gateway knows of its plugin server beside the socket, since both are in one process.
import { messageOf } from "../base/errors.ts";
import { textWithRemedy } from "../base/problems.ts";
import type { PluginRegistry } from "../kong/engine/registry.ts";
import { readRefusal } from "../kong/schema/issues.ts";

/** What of a plugin server is told. */
export interface OwnServer {
  /** Why an instance of a plugin was not started the last time. */
  startFailure(plugin: string): string | undefined;
  /** The paths of what does not fit into a plugin's configuration. */
  misfits(plugin: string, config: unknown): readonly string[];
}

/** Listens to a server, and asks its plugins. */
export class WatchedServer implements OwnServer {
  readonly #registry: PluginRegistry;
  readonly #failures = new Map<string, string>();

  constructor(registry: PluginRegistry) {
    this.#registry = registry;
  }

  /** To be given to the server. */
  readonly startFailed = (plugin: string, error: unknown): void => {
    this.#failures.set(plugin, textWithRemedy(error));
  };

  startFailure(plugin: string): string | undefined {
    return this.#failures.get(plugin);
  }

  misfits(plugin: string, config: unknown): readonly string[] {
    try {
      this.#registry.get(plugin).plugin.configure(config);
      return [];
    } catch (error) {
      return misfitPaths(messageOf(error));
    }
  }
}

/** The paths that a refusal names; one that stands for all of it, where there is none. */
function misfitPaths(message: string): string[] {
  const issues = readRefusal(message)?.issues ?? [];
  const paths = issues.map(({ path }) => path).filter((path) => path !== "");
  return paths.length === 0 ? [""] : paths;
}
