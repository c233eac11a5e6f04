// Kong 3.9's client of MsgPack:1: a plugin server, as one of Kong's worker processes uses it.
import { GibbonError } from "../../../base/errors.ts";
import type { Phase } from "../../engine/phases.ts";
import { luaText } from "../lua/values.ts";
import type { KongLogEntry } from "../node.ts";
import type { PluginEntity } from "../plugin_entity.ts";
import type { HandlerEnd, Numbering, PerformCall } from "../runner.ts";
import { type ClientOptions, type PluginServerClient, withDefaults } from "./client_options.ts";
import { ServerConnection } from "./connection.ts";
import { ConnectionPool } from "./pool.ts";
import { RemotePlugin } from "./remote_plugin.ts";

/** A client. Plugins of the same server share its connections. */
export class MsgPackClient implements PluginServerClient {
  readonly #pool: ConnectionPool<ServerConnection>;
  readonly #log: (entry: KongLogEntry) => void;
  readonly #plugins = new Map<string, RemotePlugin>();

  constructor(options: ClientOptions) {
    const { runtime, socketPath, readMs, idleMs, poolSize, messageBytes, log } = withDefaults(
      options,
    );
    this.#log = log;
    this.#pool = new ConnectionPool(
      () => ServerConnection.open(runtime, socketPath, { readMs, messageBytes }),
      { idleMs, size: poolSize },
    );
  }

  handle(
    plugin: PluginEntity,
    phase: Phase,
    perform: PerformCall,
    numbered?: Numbering,
  ): Promise<HandlerEnd> {
    return this.#plugin(plugin.name).handle(plugin, phase, perform, numbered);
  }

  async start(plugin: PluginEntity): Promise<void> {
    await this.#plugin(plugin.name).instance(plugin);
  }

  async info(name: string): Promise<Readonly<Record<string, unknown>>> {
    const { error, result } = await this.#plugin(name).call("plugin.GetPluginInfo", name);
    if (error !== undefined && error !== null) {
      throw new GibbonError("PLUGIN_UNKNOWN", luaText(error), { plugin: name });
    }
    return result as Readonly<Record<string, unknown>>;
  }

  close(): void {
    this.#pool.close();
  }

  #plugin(name: string): RemotePlugin {
    let plugin = this.#plugins.get(name);
    if (!plugin) {
      plugin = new RemotePlugin(name, this.#pool, this.#log);
      this.#plugins.set(name, plugin);
    }
    return plugin;
  }
}
