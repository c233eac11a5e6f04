// Calls a plugin's hooks over a pool of connections to its socket.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { unmarshalResult } from "../decode.ts";
import { type HookData, type HookResult, marshalEnvelope } from "../encode.ts";
import { FRAME_BYTES } from "../messages.ts";
import { CallConnection } from "./call_connection.ts";
import type { Deadline } from "./deadline.ts";
import type { ProxHostLimits } from "./limits.ts";

/** What a caller needs. */
export interface CallerOptions {
  readonly runtime: Pick<Runtime, "connect">;
  /** Path of the plugin's socket. */
  readonly socket: string;
  /** What the plugin is called in errors. */
  readonly plugin: string;
  readonly limits: ProxHostLimits;
}

type TakeConnection = (connection: CallConnection | undefined) => void;

/** The hooks of one plugin process. */
export class Caller {
  readonly socket: string;
  readonly #options: CallerOptions;
  /** All connections, and those that are being made. */
  readonly #open = new Set<CallConnection>();
  #connecting = 0;
  /** Those that have nothing to do; the one that was used last is used next. */
  #idle: CallConnection[] = [];
  #waiting: TakeConnection[] = [];
  #isClosed = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.socket = options.socket;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#open.size;
  }

  /** Connections that have nothing to do. */
  get idleConnections(): number {
    return this.#idle.length;
  }

  /**
   * Calls a hook.
   *
   * @param deadline ends the call when it is over, with the connection that it is on
   * @throws {GibbonError} DEADLINE, SOCKET_FAILED, PROTOCOL, LIMIT
   */
  async call<H extends keyof HookResult>(
    hook: H,
    data: HookData[H],
    deadline: Deadline,
  ): Promise<HookResult[H]> {
    const call = this.#marshal(hook, data);
    const connection = await this.#acquire(deadline);
    let leave = () => {};
    try {
      // It may have ended while the connection was taken.
      deadline.check();
      leave = deadline.onOver((error) => connection.fail(this.#named(error, hook)));
      const answer = await connection.exchange(call);
      const result = unmarshalResult(hook, answer);
      this.#release(connection);
      return result;
    } catch (error) {
      const named = this.#named(error, hook);
      connection.fail(named);
      throw named;
    } finally {
      leave();
    }
  }

  /**
   * Calls a hook that has no answer.
   *
   * @throws {GibbonError} DEADLINE, SOCKET_FAILED, LIMIT
   */
  async fire<H extends "on_disconnect">(
    hook: H,
    data: HookData[H],
    deadline: Deadline,
  ): Promise<void> {
    const call = this.#marshal(hook, data);
    const connection = await this.#acquire(deadline);
    connection.send(call);
    if (connection.unsentBytes <= this.#options.limits.unsentBytes) {
      return this.#release(connection);
    }
    const error = new GibbonError("LIMIT", "It does not read what it is told");
    connection.fail(error);
    throw this.#named(error, hook);
  }

  /** Takes no more calls; those under way finish on the connections that they have. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.fail(this.#gone());
    for (const take of this.#waiting.splice(0)) take(undefined);
  }

  /** Ends everything at once. */
  destroy(): void {
    this.close();
    for (const connection of [...this.#open]) connection.fail(this.#gone());
  }

  #marshal<H extends keyof HookData>(hook: H, data: HookData[H]): Uint8Array {
    const call = marshalEnvelope(hook, data);
    if (call.length <= FRAME_BYTES) return call;
    throw new GibbonError(
      "LIMIT",
      `A call of ${hook} takes ${call.length} bytes; a frame has room for ${FRAME_BYTES}`,
      { plugin: this.#options.plugin, phase: hook },
    );
  }

  /** A connection for one call: an idle one, a new one, or the next that is free. */
  async #acquire(deadline: Deadline): Promise<CallConnection> {
    if (this.#isClosed) throw this.#gone();
    deadline.check();
    const idle = this.#idle.pop();
    if (idle) return idle;
    const { connections, waitingCalls } = this.#options.limits;
    if (this.#open.size + this.#connecting < connections) return await this.#connect(deadline);
    if (this.#waiting.length >= waitingCalls) {
      throw new GibbonError("LIMIT", `${waitingCalls} calls wait for the plugin already`);
    }
    return await this.#waitForFree(deadline);
  }

  async #connect(deadline: Deadline): Promise<CallConnection> {
    this.#connecting++;
    const opening = this.#openOne().finally(() => this.#connecting--);
    const connection = await deadline.race(opening, (late) => this.#release(late));
    if (this.#isClosed) {
      connection.fail(this.#gone());
      throw this.#gone();
    }
    return connection;
  }

  async #openOne(): Promise<CallConnection> {
    const { runtime, socket } = this.#options;
    const connection = await CallConnection.open(runtime, socket, this.#forget);
    this.#open.add(connection);
    return connection;
  }

  #waitForFree(deadline: Deadline): Promise<CallConnection> {
    let take: TakeConnection = () => {};
    const free = new Promise<CallConnection>((resolve, reject) => {
      take = (connection) => connection ? resolve(connection) : reject(this.#gone());
      this.#waiting.push(take);
    });
    return deadline.race(free, (late) => this.#release(late)).catch((error) => {
      this.#waiting = this.#waiting.filter((other) => other !== take);
      throw error;
    });
  }

  /** A connection is free again. */
  #release(connection: CallConnection): void {
    if (connection.isClosed) return;
    const waiting = this.#waiting.shift();
    if (waiting) return waiting(connection);
    if (this.#isClosed || this.#idle.length >= this.#options.limits.idleConnections) {
      return connection.fail(this.#gone());
    }
    this.#idle.push(connection);
  }

  readonly #forget = (connection: CallConnection): void => {
    this.#open.delete(connection);
    this.#idle = this.#idle.filter((idle) => idle !== connection);
    if (this.#waiting.length > 0) this.#replace();
  };

  /** A connection went away that calls wait for: another one takes its place. */
  #replace(): void {
    if (this.#isClosed || this.#open.size + this.#connecting >= this.#options.limits.connections) {
      return;
    }
    this.#connecting++;
    this.#openOne().finally(() => this.#connecting--).then(
      (connection) => this.#release(connection),
      () => this.#waiting.shift()?.(undefined),
    );
  }

  #gone(): GibbonError {
    return new GibbonError("SOCKET_FAILED", "The plugin's process has ended or was replaced", {
      plugin: this.#options.plugin,
      remedy: "It is started again by itself; the log says why it ended.",
    });
  }

  #named(error: unknown, hook: string): GibbonError {
    const { plugin } = this.#options;
    const { code, message, remedy } = error instanceof GibbonError
      ? error
      : new GibbonError("PROTOCOL", messageOf(error));
    if (message.startsWith(`${plugin}, ${hook}: `)) return error as GibbonError;
    return new GibbonError(code, `${plugin}, ${hook}: ${message}`, {
      plugin,
      phase: hook,
      remedy,
      cause: error,
    });
  }
}
