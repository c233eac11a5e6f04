// The connections of a worker process to one socket: free ones are used again, the latest first.
import { clearTimeout, setTimeout } from "node:timers";
import type { Runtime } from "../../../runtime/contract.ts";
import { type Received, ServerConnection, type ServerConnectionOptions } from "./connection.ts";

/** A connection that was taken for a call; see `ServerConnection`. */
export interface TakenConnection {
  request(
    bytes: Uint8Array,
    notified: (label: unknown, value: unknown) => void,
  ): Promise<Received>;
}

/** Where calls get their connections from; see `ConnectionPool`. */
export interface Connections {
  take(): Promise<TakenConnection>;
  give(connection: TakenConnection): void;
  drop(connection: TakenConnection): void;
}

/** Bounds of a pool. */
export interface PoolOptions extends ServerConnectionOptions {
  /** How many free connections are kept. */
  readonly size: number;
  /** How long a free connection is kept, in milliseconds. */
  readonly idleMs: number;
}

interface Idle {
  readonly connection: ServerConnection;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A pool. */
export class ConnectionPool implements Connections {
  readonly #runtime: Pick<Runtime, "connect">;
  readonly #path: string;
  readonly #options: PoolOptions;
  readonly #open = new Set<ServerConnection>();
  #idle: Idle[] = [];

  constructor(runtime: Pick<Runtime, "connect">, path: string, options: PoolOptions) {
    this.#runtime = runtime;
    this.#path = path;
    this.#options = options;
  }

  /**
   * A free connection, or a new one.
   *
   * @throws whatever the runtime has to say where nothing listens
   */
  async take(): Promise<ServerConnection> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.connection.usable) return idle.connection;
      this.#open.delete(idle.connection);
    }
    const connection = await ServerConnection.open(this.#runtime, this.#path, this.#options);
    this.#open.add(connection);
    return connection;
  }

  /** Takes a connection back. */
  give(connection: ServerConnection): void {
    if (!connection.usable || this.#idle.length >= this.#options.size) {
      return this.drop(connection);
    }
    const timer = setTimeout(() => {
      this.#idle = this.#idle.filter((idle) => idle.connection !== connection);
      this.drop(connection);
    }, this.#options.idleMs);
    timer.unref();
    this.#idle.push({ connection, timer });
  }

  /** Closes a connection that was taken. */
  drop(connection: ServerConnection): void {
    this.#open.delete(connection);
    connection.close();
  }

  /** Closes all of them. */
  close(): void {
    for (const { timer } of this.#idle) clearTimeout(timer);
    this.#idle = [];
    for (const connection of [...this.#open]) this.drop(connection);
  }
}
