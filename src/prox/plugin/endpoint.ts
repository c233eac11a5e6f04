// A plugin's socket, in a folder that nobody else can enter, and the connections of hosts to it.
import { Descriptors, RESERVED_DESCRIPTORS, TOO_FEW } from "../../base/descriptors.ts";
import type { Logger } from "../../base/log.ts";
import { openSocket } from "../../runtime/socket/open.ts";
import { turnAway } from "../../runtime/socket/turn_away.ts";
import type { Connection, ConnectionEvents, Listener, Runtime } from "../../runtime/contract.ts";
import { HookConnection } from "./connection.ts";
import type { Hooks } from "./hooks.ts";
import type { ProxPluginLimits } from "./limits.ts";
import {
  makeSocketFolder,
  removeLeftFolders,
  removeSocketFolder,
  socketIn,
} from "./socket_folder.ts";

/** How long hosts may take to close their ends, in milliseconds. */
const CLOSE_MS = 500;

/** What a socket works with. */
export interface HookEndpointOptions {
  readonly runtime: Pick<Runtime, "listen" | "connect">;
  readonly hooks: Hooks;
  readonly log: Logger;
  readonly limits: ProxPluginLimits;
}

/** The socket that hosts send calls to. */
export class HookEndpoint {
  /** Path of the socket. */
  readonly path: string;
  readonly #folder: string;
  readonly #options: HookEndpointOptions;
  readonly #connections = new Map<Connection, HookConnection>();
  readonly #descriptors = new Descriptors(RESERVED_DESCRIPTORS);
  #listener: Listener | undefined;
  #swept: Promise<void> | undefined;
  #emptied = () => {};

  private constructor(folder: string, options: HookEndpointOptions) {
    this.#folder = folder;
    this.path = socketIn(folder);
    this.#options = options;
  }

  /**
   * Makes the folder and listens. What killed plugins have left is removed meanwhile.
   *
   * @throws {GibbonError} SOCKET_FAILED
   */
  static async open(options: HookEndpointOptions): Promise<HookEndpoint> {
    const endpoint = new HookEndpoint(await makeSocketFolder(), options);
    try {
      endpoint.#listener = await openSocket(options.runtime, endpoint.path, endpoint.#accept);
    } catch (error) {
      endpoint.#descriptors.close();
      await removeSocketFolder(endpoint.#folder);
      throw error;
    }
    endpoint.#swept = removeLeftFolders(options.runtime, endpoint.#folder);
    return endpoint;
  }

  /**
   * Ends all connections, once hosts have what was written to them, and removes the socket and its
   * folder.
   */
  async close(): Promise<void> {
    await this.#listener?.close();
    this.#descriptors.close();
    for (const connection of this.#connections.keys()) connection.end();
    const patience = setTimeout(() => {
      for (const served of [...this.#connections.values()]) served.destroy();
    }, CLOSE_MS);
    await this.#allClosed();
    clearTimeout(patience);
    await removeSocketFolder(this.#folder);
    await this.#swept;
  }

  #allClosed(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied = resolve);
  }

  readonly #accept = (connection: Connection): ConnectionEvents => {
    const { hooks, log, limits } = this.#options;
    if (this.#descriptors.isShort) {
      return turnAway(connection, log, "there are too few descriptors left", TOO_FEW);
    }
    if (this.#connections.size >= limits.connections) {
      return turnAway(connection, log, "there are too many", { limit: limits.connections });
    }
    const served = new HookConnection({ connection, hooks, log, limits });
    this.#connections.set(connection, served);
    return {
      data: (bytes) => served.data(bytes),
      closed: () => {
        this.#connections.delete(connection);
        served.closed();
        if (this.#connections.size === 0) this.#emptied();
      },
    };
  };
}
