// The connections of a worker process to one socket: free ones are used again, the latest first.
import { clearTimeout, setTimeout } from "node:timers";

/** What a pool needs of its connections. */
export interface PooledConnection {
  /** Whether it can carry another request. */
  readonly usable: boolean;
  close(): void;
}

/** Where calls get their connections from; see `ConnectionPool`. */
export interface Connections<Taken> {
  take(): Promise<Taken>;
  give(connection: Taken): void;
  drop(connection: Taken): void;
}

/** Bounds of a pool. */
export interface PoolOptions {
  /** How many free connections are kept. */
  readonly size: number;
  /** How long a free connection is kept, in milliseconds. */
  readonly idleMs: number;
}

interface Idle<Pooled> {
  readonly connection: Pooled;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A pool. */
export class ConnectionPool<Pooled extends PooledConnection> implements Connections<Pooled> {
  readonly #connect: () => Promise<Pooled>;
  readonly #options: PoolOptions;
  readonly #open = new Set<Pooled>();
  #idle: Idle<Pooled>[] = [];
  #isClosed = false;

  /** @param connect makes a new connection */
  constructor(connect: () => Promise<Pooled>, options: PoolOptions) {
    this.#connect = connect;
    this.#options = options;
  }

  /**
   * A free connection, or a new one.
   *
   * @throws whatever the runtime has to say where nothing listens
   */
  async take(): Promise<Pooled> {
    // Whoever repeats what was cut off is not to do so without end.
    if (this.#isClosed) throw new Error("the client was closed");
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.connection.usable) return idle.connection;
      this.#open.delete(idle.connection);
    }
    const connection = await this.#connect();
    this.#open.add(connection);
    return connection;
  }

  /** Takes a connection back. */
  give(connection: Pooled): void {
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
  drop(connection: Pooled): void {
    this.#open.delete(connection);
    connection.close();
  }

  /** Closes all of them; there are no more. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#idle) clearTimeout(timer);
    this.#idle = [];
    for (const connection of [...this.#open]) this.drop(connection);
  }
}
