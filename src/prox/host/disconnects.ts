// Tells plugins of connections that are over, in the background, and drops what is too much.
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { DisconnectInfo } from "../messages.ts";
import type { Caller } from "./caller.ts";
import { Deadline } from "./deadline.ts";

/** How long a plugin may take to accept a connection for it, in milliseconds. */
const FIRE_MS = 1000;

interface Note {
  readonly info: DisconnectInfo;
  readonly callers: readonly Caller[];
}

/** The queue. */
export class Disconnects {
  readonly #log: Logger;
  readonly #room: number;
  #waiting: Note[] = [];
  #draining: Promise<void> | undefined;
  /** Notes that were dropped: the queue was full. */
  dropped = 0;

  /** @param room notes that may wait */
  constructor(log: Logger, room: number) {
    this.#log = log;
    this.#room = room;
  }

  /** Puts a note into the queue, if there is room. */
  add(info: DisconnectInfo, callers: readonly Caller[]): void {
    if (this.#waiting.length >= this.#room) {
      this.dropped++;
      return;
    }
    this.#waiting.push({ info, callers });
    this.#draining ??= this.#drain().finally(() => this.#draining = undefined);
  }

  /** Forgets what waits. Settles when nothing is under way. */
  async stop(): Promise<void> {
    this.#waiting = [];
    await this.#draining;
  }

  async #drain(): Promise<void> {
    for (let note = this.#waiting.shift(); note; note = this.#waiting.shift()) {
      for (const caller of note.callers) await this.#fire(caller, note.info);
    }
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
