// Lets so many lines a second through to the log: a plugin that floods must not drown the others.

/** Counts lines. */
export class LogBudget {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #report: (leftOut: number) => void;
  #since: number;
  #lines = 0;

  /**
   * @param perSecond lines
   * @param report told how many lines a second's flood was left out of
   * @param now a clock in milliseconds
   */
  constructor(
    perSecond: number,
    report: (leftOut: number) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#perSecond = perSecond;
    this.#report = report;
    this.#now = now;
    this.#since = now();
  }

  /** Whether a line may be logged. */
  allows(): boolean {
    if (this.#now() - this.#since >= 1000) this.settle();
    return ++this.#lines <= this.#perSecond;
  }

  /** Reports what was left out so far, and begins anew. */
  settle(): void {
    const leftOut = this.#lines - this.#perSecond;
    this.#lines = 0;
    this.#since = this.#now();
    if (leftOut > 0) this.#report(leftOut);
  }
}
