// The keep-alive pool of an nginx worker: keyed by the socket's path alone, whatever is spoken there.
import { Cosocket } from "./cosocket.ts";

/** Bounds of a pool. */
export interface SocketPoolOptions {
  /** How many idle connections are kept for a path: Kong sets 256. */
  readonly size: number;
  /** How long an idle connection is kept, in milliseconds: 60,000. */
  readonly idleMs: number;
  /** How long a read may take, in milliseconds: 60,000. */
  readonly readMs: number;
}

/** nginx's and Kong's own numbers. */
export const POOL_DEFAULTS: SocketPoolOptions = { size: 256, idleMs: 60_000, readMs: 60_000 };

interface Idle {
  readonly socket: Cosocket;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A pool. */
export class SocketPool {
  readonly #options: SocketPoolOptions;
  /** By path; the one that was used last is the last. */
  readonly #idle = new Map<string, Idle[]>();
  readonly #open = new Set<Cosocket>();
  #leaving = false;
  /** Connections that were made. */
  made = 0;

  constructor(options: Partial<SocketPoolOptions> = {}) {
    this.#options = { ...POOL_DEFAULTS, ...options };
  }

  /** Connections that are open, idle or not. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * The connection to a path that was used last, or a new one.
   *
   * @throws {CosocketError} where nobody listens
   */
  async take(path: string): Promise<Cosocket> {
    const idle = this.#idle.get(path)?.pop();
    if (idle) {
      clearTimeout(idle.timer);
      idle.socket.wake();
      return idle.socket;
    }
    const socket = await Cosocket.open(path, this.#options.readMs);
    this.made++;
    this.#open.add(socket);
    return socket;
  }

  /** Takes a connection back: `setkeepalive`. One that is over or has unread bytes is closed. */
  keep(socket: Cosocket): void {
    if (this.#leaving || !socket.isClean) return this.drop(socket);
    const idle = this.#idle.get(socket.path) ?? [];
    this.#idle.set(socket.path, idle);
    // nginx makes room by closing the one that has been idle for longest.
    if (idle.length >= this.#options.size) this.#forget(idle[0]!.socket);
    const timer = setTimeout(() => this.#forget(socket), this.#options.idleMs);
    timer.unref();
    idle.push({ socket, timer });
    // Whatever the server does to an idle connection, bytes or its end: nginx closes it.
    socket.rest(() => this.#forget(socket));
  }

  /** Closes a connection that was taken. */
  drop(socket: Cosocket): void {
    this.#open.delete(socket);
    socket.close();
  }

  /** The worker is about to end: idle connections are closed, and none is kept any more. */
  leave(): void {
    this.#leaving = true;
    for (const { socket } of [...this.#idle.values()].flat()) this.#forget(socket);
  }

  /** The worker ends: all connections are closed. */
  close(): void {
    this.leave();
    for (const socket of [...this.#open]) this.drop(socket);
  }

  #forget(socket: Cosocket): void {
    const idle = this.#idle.get(socket.path) ?? [];
    const at = idle.findIndex((one) => one.socket === socket);
    clearTimeout(idle[at]?.timer);
    if (at >= 0) idle.splice(at, 1);
    this.drop(socket);
  }
}
