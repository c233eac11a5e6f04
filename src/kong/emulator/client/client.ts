// Kong 3.9's client of MsgPack:1: a plugin server, as one of Kong's worker processes uses it.
import { GibbonError } from "../../../base/errors.ts";
import type { Phase } from "../../engine/phases.ts";
import { DEFAULT_LIMITS } from "../../engine/limits.ts";
import type { Runtime } from "../../../runtime/contract.ts";
import { luaText } from "../lua/values.ts";
import type { KongLogEntry } from "../node.ts";
import type { PluginEntity } from "../plugin_entity.ts";
import type { HandlerEnd, PerformCall, PluginRunner } from "../runner.ts";
import { ConnectionPool } from "./pool.ts";
import { RemotePlugin } from "./remote_plugin.ts";

/** How a client is set up. The numbers are Kong's and nginx's defaults. */
export interface MsgPackClientOptions {
  readonly runtime: Pick<Runtime, "connect">;
  /** The server's socket. */
  readonly socketPath: string;
  /** Takes what Kong would write to its error log. */
  readonly log?: (entry: KongLogEntry) => void;
  /** How long an answer may take, in milliseconds: 60,000. */
  readonly readMs?: number;
  /** How long a free connection is kept, in milliseconds: 60,000. */
  readonly idleMs?: number;
  /** How many free connections are kept: 256. */
  readonly poolSize?: number;
  /** Largest answer, in bytes: 16 MiB. */
  readonly messageBytes?: number;
}

/** A client. Plugins of the same server share its connections. */
export class MsgPackClient implements PluginRunner {
  readonly #pool: ConnectionPool;
  readonly #log: (entry: KongLogEntry) => void;
  readonly #plugins = new Map<string, RemotePlugin>();

  constructor(options: MsgPackClientOptions) {
    this.#log = options.log ?? (() => {});
    this.#pool = new ConnectionPool(options.runtime, options.socketPath, {
      readMs: options.readMs ?? 60_000,
      idleMs: options.idleMs ?? 60_000,
      size: options.poolSize ?? 256,
      messageBytes: options.messageBytes ?? DEFAULT_LIMITS.messageBytes,
    });
  }

  /** @throws {GibbonError} where Kong raises, and answers with 500 */
  handle(plugin: PluginEntity, phase: Phase, perform: PerformCall): Promise<HandlerEnd> {
    return this.#plugin(plugin.name).handle(plugin, phase, perform);
  }

  /**
   * Starts the plugin's instance now, where Kong does it with the first event.
   *
   * @throws {GibbonError} PLUGIN_BROKEN with the server's own words
   */
  async start(plugin: PluginEntity): Promise<void> {
    await this.#plugin(plugin.name).instance(plugin);
  }

  /**
   * What the server says of a plugin: name, phases, priority, schema.
   *
   * @throws {GibbonError} PLUGIN_UNKNOWN with the server's own words
   */
  async info(name: string): Promise<Readonly<Record<string, unknown>>> {
    const { error, result } = await this.#plugin(name).call("plugin.GetPluginInfo", name);
    if (error !== undefined && error !== null) {
      throw new GibbonError("PLUGIN_UNKNOWN", luaText(error), { plugin: name });
    }
    return result as Readonly<Record<string, unknown>>;
  }

  /** Closes all connections. Instances stay: Kong closes none when it stops. */
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
