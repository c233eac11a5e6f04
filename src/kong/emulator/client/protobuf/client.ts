// Kong 3.9's client of ProtoBuf:1: a plugin server, as one of Kong's worker processes uses it.
import { GibbonError, messageOf } from "../../../../base/errors.ts";
import type { Phase } from "../../../engine/phases.ts";
import type { PluginEntity } from "../../plugin_entity.ts";
import type { HandlerEnd, Numbering, PerformCall } from "../../runner.ts";
import { type ClientOptions, type PluginServerClient, withDefaults } from "../client_options.ts";
import { ConnectionPool } from "../pool.ts";
import { FrameConnection } from "./connection.ts";
import { ProtobufPlugin, type ProtobufPluginParts } from "./protobuf_plugin.ts";

/** How a client is set up. */
export type ProtoBufClientOptions = ClientOptions & Pick<ProtobufPluginParts, "refusalOf">;

/** A client. Plugins of the same server share its connections. */
export class ProtoBufClient implements PluginServerClient {
  readonly #pool: ConnectionPool<FrameConnection>;
  readonly #parts: ProtobufPluginParts;
  readonly #plugins = new Map<string, ProtobufPlugin>();

  constructor(options: ProtoBufClientOptions) {
    const { runtime, socketPath, readMs, idleMs, poolSize, messageBytes, log } = withDefaults(
      options,
    );
    this.#pool = new ConnectionPool(
      () => FrameConnection.open(runtime, socketPath, { readMs, messageBytes }),
      { idleMs, size: poolSize },
    );
    const { refusalOf } = options;
    // A connection that is given back is always one that was taken.
    const pool = this.#pool as ProtobufPluginParts["pool"];
    this.#parts = { pool, log, refusalOf };
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
    try {
      const answer = await this.#plugin(name).command({
        $case: "cmd_get_plugin_info",
        value: { name },
      });
      if (answer?.$case !== "plugin_info") throw new Error("the server said nothing of it");
      const { phases, priority, schema } = answer.value;
      return { Phases: phases, Priority: priority, Schema: JSON.parse(schema) };
    } catch (error) {
      throw new GibbonError("PLUGIN_UNKNOWN", messageOf(error), { plugin: name, cause: error });
    }
  }

  close(): void {
    this.#pool.close();
  }

  #plugin(name: string): ProtobufPlugin {
    let plugin = this.#plugins.get(name);
    if (!plugin) {
      plugin = new ProtobufPlugin(name, this.#parts);
      this.#plugins.set(name, plugin);
    }
    return plugin;
  }
}
