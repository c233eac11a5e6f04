// The gateway's side of the server: takes connections in, keeps track of them, lets them go.
import { GibbonError } from "../../base/errors.ts";
import type { Connection, ConnectionEvents } from "../../runtime/contract.ts";
import { KongConnection } from "./connection.ts";
import type { KongServer } from "./server.ts";

/** Serves every connection of one socket. */
export class KongEndpoint {
  readonly #server: KongServer;
  readonly #connections = new Set<Connection>();

  constructor(server: KongServer) {
    this.#server = server;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Takes a connection; past the limit it is closed at once. */
  readonly accept = (connection: Connection): ConnectionEvents => {
    const { limits, log } = this.#server.options;
    if (this.#connections.size >= limits.connections) {
      const { message, code } = new GibbonError("LIMIT", "Too many connections: one was closed");
      log.warn(message, { code, limit: limits.connections });
      connection.destroy();
      return { data: () => {}, closed: () => {} };
    }
    const served = new KongConnection(connection, this.#server);
    this.#connections.add(connection);
    return {
      data: (bytes) => served.data(bytes),
      closed: () => {
        this.#connections.delete(connection);
        served.closed();
      },
    };
  };

  /** Lets go of all connections, once what was answered on them is out. */
  close(): void {
    for (const connection of this.#connections) connection.end();
  }
}
