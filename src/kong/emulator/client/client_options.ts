// What Kong's clients of both protocols have in common: their options, and what they do.
import { DEFAULT_LIMITS } from "../../engine/limits.ts";
import type { Runtime } from "../../../runtime/contract.ts";
import type { KongLogEntry } from "../node.ts";
import type { PluginEntity } from "../plugin_entity.ts";
import type { PluginRunner } from "../runner.ts";

/** How a client is set up. The numbers are Kong's and nginx's defaults. */
export interface ClientOptions {
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
  /** Largest message of the server, in bytes: 16 MiB. */
  readonly messageBytes?: number;
}

/** The options with Kong's defaults. */
export function withDefaults(options: ClientOptions): Required<ClientOptions> {
  const { messageBytes } = DEFAULT_LIMITS;
  const numbers = { readMs: 60_000, idleMs: 60_000, poolSize: 256, messageBytes };
  return { ...numbers, log: () => {}, ...options };
}

/** A client: a plugin server, as one of Kong's worker processes uses it. */
export interface PluginServerClient extends PluginRunner {
  /**
   * Starts the plugin's instance now, where Kong does it with the first event.
   *
   * @throws {GibbonError} PLUGIN_BROKEN with the server's own words, as far as it has any
   */
  start(plugin: PluginEntity): Promise<void>;
  /**
   * What the server says of a plugin: Phases, Priority, Schema, as GetPluginInfo has them.
   *
   * @throws {GibbonError} PLUGIN_UNKNOWN with the server's own words, as far as it has any
   */
  info(name: string): Promise<Readonly<Record<string, unknown>>>;
  /** Closes all connections. Instances stay: Kong closes none when it stops. */
  close(): void;
}
