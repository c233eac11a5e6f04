// What a soak needs of a system under load: its loads, its processes, and ways to upset it.
import type { SoakLoad } from "./load.ts";

/** A system that is soaked. */
export interface SoakSystem {
  readonly name: string;
  readonly loads: readonly SoakLoad[];
  /** Processes that are measured, with all that come of them. */
  pids(): readonly number[];
  /** What is done to it now and then, by name. */
  readonly upsets: Readonly<Record<string, () => Promise<void>>>;
  /** Ends its loads, then itself. */
  stop(): Promise<void>;
}

/** How a system is started. */
export interface SystemOptions {
  /** What starts gibbon. */
  readonly command: readonly string[];
  /** A folder of the system's own. */
  readonly folder: string;
  /** Lanes of each load. */
  readonly lanes: number;
}

/** Rest of a lane after an event, in milliseconds: a tail is not to be that of a queue. */
export const REST_MS = 10;

/** Of so many events, one is left in the middle. */
export const ABANDON_EVERY = 100;

/** How long what a dead process had in its hands may fail behind its return, in milliseconds. */
const AFTERMATH_MS = 2000;

/** Times in which events may fail, because something was done on purpose. */
export class Excuses {
  #open = 0;
  #lastUntil = -Infinity;

  /** Whether an event that began then may fail. */
  cover(beganAt: number): boolean {
    return this.#open > 0 || beganAt <= this.#lastUntil;
  }

  /** Events may fail while something is done, and a little longer. */
  async during(act: () => Promise<void>): Promise<void> {
    this.#open++;
    try {
      await act();
    } finally {
      this.#open--;
      this.#lastUntil = performance.now() + AFTERMATH_MS;
    }
  }
}
