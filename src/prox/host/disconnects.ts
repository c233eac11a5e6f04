// Tells plugins of connections that are over, in the background, and drops what is too much.
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { DisconnectInfo } from "../messages.ts";
import type { Caller } from "./caller.ts";
import { Deadline } from "./deadline.ts";

/** How long a plugin may take to accept a connection for it, in milliseconds. */
const FIRE_MS = 1000;

/** The queues: one for each plugin, so that one which hangs holds up nobody else. */
export class Disconnects {
  readonly #log: Logger;
  readonly #room: number;
  readonly #queues = new Map<Caller, DisconnectQueue>();
  /** Notes that were dropped: their plugin's queue was full. */
  dropped = 0;

  /** @param room notes that may wait for a plugin */
  constructor(log: Logger, room: number) {
    this.#log = log;
    this.#room = room;
  }

  /** Puts a note into the queues of plugins, where there is room. */
  add(info: DisconnectInfo, callers: readonly Caller[]): void {
    for (const caller of callers) {
      const waiting = this.#queues.get(caller)?.waiting;
      if (waiting && waiting.length >= this.#room) this.dropped++;
      else if (waiting) waiting.push(info);
      else this.#begin(caller, info);
    }
  }

  /** Forgets what waits. Settles when nothing is under way. */
  async stop(): Promise<void> {
    for (const { waiting } of this.#queues.values()) waiting.length = 0;
    await Promise.all([...this.#queues.values()].map(({ drained }) => drained));
  }

  #begin(caller: Caller, info: DisconnectInfo): void {
    const waiting = [info];
    const drained = this.#drain(caller, waiting).finally(() => this.#queues.delete(caller));
    this.#queues.set(caller, { waiting, drained });
  }

  async #drain(caller: Caller, waiting: DisconnectInfo[]): Promise<void> {
    for (let info = waiting.shift(); info; info = waiting.shift()) await this.#fire(caller, info);
  }

  async #fire(caller: Caller, info: DisconnectInfo): Promise<void> {
    const deadline = new Deadline(FIRE_MS);
    try {
      await caller.fire("on_disconnect", info, deadline);
    } catch (error) {
      this.#log.debug("a plugin was not told of a disconnect", { error: messageOf(error) });
    } finally {
      deadline.clear();
    }
  }
}

interface DisconnectQueue {
  readonly waiting: DisconnectInfo[];
  /** Settles when nothing waits and nothing is under way. */
  readonly drained: Promise<void>;
}
