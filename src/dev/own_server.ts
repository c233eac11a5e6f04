// What the gateway knows of its plugin server beside the socket, since both are in one process.
import { type GibbonError, isGibbonError, messageOf } from "../base/errors.ts";
import type { PluginRegistry } from "../kong/engine/registry.ts";

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
    this.#failures.set(plugin, told(error));
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

/** In the words of an answer of MsgPack:1. */
function told(error: unknown): string {
  const text = messageOf(error);
  const known: GibbonError | undefined = isGibbonError(error) ? error : undefined;
  return known?.remedy === undefined ? text : `${text}. ${known.remedy}`;
}

/** The paths in `the configuration does not fit: limit: expected value <=10; keys: is missing`. */
function misfitPaths(message: string): string[] {
  const [, issues] = /does not fit: (.*)$/s.exec(message) ?? [];
  return issues === undefined ? [""] : issues.split("; ").map((issue) => issue.split(": ")[0]!);
}
