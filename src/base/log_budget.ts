// Lets so many lines of one kind through to the log in a time: a flood must not drown the others.

/** How many lines are let through. */
export interface LogAllowance {
  /** Lines in one stretch of time. */
  readonly lines: number;
  /** How long the first stretch is, in milliseconds. */
  readonly stretchMs: number;
  /**
   * How much longer each next stretch is while lines are left out; 1 if left out. After a stretch
   * without a flood it is as long as the first again.
   */
  readonly growth?: number;
  /** The longest stretch, in milliseconds. */
  readonly longestMs?: number;
}

/** Counts lines of one kind. */
export class LogBudget {
  readonly #allowance: LogAllowance;
  readonly #now: () => number;
  readonly #report: (leftOut: number, ms: number) => void;
  #stretchMs: number;
  #since: number;
  #lines = 0;

  /**
   * @param report told how many lines were left out, and in how many milliseconds. What it logs is
   *   the first line of the next stretch
   * @param now a clock in milliseconds
   */
  constructor(
    allowance: LogAllowance,
    report: (leftOut: number, ms: number) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#allowance = allowance;
    this.#stretchMs = allowance.stretchMs;
    this.#report = report;
    this.#now = now;
    this.#since = now();
  }

  /** Whether the stretch is over. */
  get due(): boolean {
    return this.#now() - this.#since >= this.#stretchMs;
  }

  /** Whether a line may be logged. */
  allows(): boolean {
    if (this.due) this.settle();
    return ++this.#lines <= this.#allowance.lines;
  }

  /**
   * Reports what was left out so far, and begins anew.
   *
   * @returns whether anything was
   */
  settle(): boolean {
    const { lines, stretchMs, growth = 1, longestMs = Infinity } = this.#allowance;
    const now = this.#now();
    const ms = now - this.#since;
    const leftOut = this.#lines - lines;
    const flooded = leftOut > 0;
    this.#since = now;
    this.#stretchMs = flooded ? Math.min(this.#stretchMs * growth, longestMs) : stretchMs;
    this.#lines = flooded ? 1 : 0;
    if (flooded) this.#report(leftOut, ms);
    return flooded;
  }
}
