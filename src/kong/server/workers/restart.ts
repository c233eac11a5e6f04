// When the successor of a dead worker is started: at once, or later if they keep dying.

/** A worker that served for less than this has died early, in milliseconds. */
const EARLY_MS = 500;
/** How many may die early, one after another, before the next has to wait. */
const FREE = 3;
/** The first wait, and the longest one, in milliseconds; each is twice the one before. */
const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/** The deaths of one place's workers. */
export class RestartPolicy {
  #early = 0;

  /**
   * A worker has died.
   *
   * @param servedMs how long it took connections; 0 if it never did
   * @returns how long its successor has to wait, in milliseconds
   */
  died(servedMs: number): number {
    this.#early = servedMs < EARLY_MS ? this.#early + 1 : 0;
    if (this.#early < FREE) return 0;
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#early - FREE));
  }
}
