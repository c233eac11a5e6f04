// A clock that runs with the machine's and can be put forward: nothing that waits is frozen by it.
import { AsyncLocalStorage } from "node:async_hooks";
import { GibbonError } from "../../base/errors.ts";
import { ClockTimer } from "./clock_timer.ts";
import { machine } from "./machine.ts";

/** Timers that may go off in one `advance`: past it, somebody's timers start one another for ever. */
const MOST_TIMERS = 50_000;

const running = new AsyncLocalStorage<TestClock>();

/** The clock of the code that runs; undefined outside of a gateway of a test. */
export function clockHere(): TestClock | undefined {
  return running.getStore();
}

/** A gateway's clock. */
export class TestClock {
  readonly #timers = new Set<ClockTimer>();
  readonly #settled: () => Promise<void>;
  /** How far it is ahead of the machine, in milliseconds: dates, and what counts from a start. */
  #ahead: number;
  #passed = 0;
  #isStopped = false;

  /**
   * @param settled settles when what has just been begun has come as far as it does without waiting
   * @param now what time it is, in Unix milliseconds; the machine's time unless said otherwise
   */
  constructor(settled: () => Promise<void>, now?: number) {
    this.#settled = settled;
    this.#ahead = now === undefined ? 0 : now - machine.now();
  }

  /** Unix milliseconds. */
  now(): number {
    return Math.floor(machine.now() + this.#ahead);
  }

  /** As `performance.now()`: milliseconds, always going forward. */
  elapsed(): number {
    return machine.elapsed() + this.#passed;
  }

  /** Runs code that has this clock, and so has all that comes of it. */
  run<Result>(code: () => Result): Result {
    return running.run(this, code);
  }

  /** Starts a timer, as `setTimeout` and `setInterval` do. */
  start(callback: () => void, delayMs: unknown, repeats: boolean): ClockTimer {
    const timer = new ClockTimer(this, AsyncLocalStorage.bind(callback), delayMs, repeats);
    if (!this.#isStopped) timer.arm();
    return timer;
  }

  /** @internal A timer waits, or does not any more. */
  waits(timer: ClockTimer, isWaiting: boolean): void {
    if (isWaiting) this.#timers.add(timer);
    else this.#timers.delete(timer);
  }

  /**
   * Puts the clock forward. Timers that are due go off in their order, each at its own time, and what
   * hangs on one happens before the next.
   *
   * @throws {GibbonError} OPTION_INVALID, LIMIT; and what a timer's callback throws
   */
  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new GibbonError("OPTION_INVALID", `a clock cannot go forward by ${ms} ms`, {
        remedy: "Give a number of milliseconds from 0 on.",
      });
    }
    // What was begun before has its time counted from now on.
    await this.#settled();
    const target = this.elapsed() + ms;
    for (let fired = 0;; fired++) {
      const next = this.#nextDue(target);
      if (!next) break;
      if (fired === MOST_TIMERS) throw tooManyTimers(ms);
      this.#putForward(next.dueAt - this.elapsed());
      next.fire();
      await this.#settled();
    }
    this.#putForward(target - this.elapsed());
    for (const timer of [...this.#timers]) timer.arm();
    await this.#settled();
  }

  /** Takes away all timers: nothing goes off any more. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of [...this.#timers]) timer.clear();
  }

  #nextDue(target: number): ClockTimer | undefined {
    let next: ClockTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= target && (!next || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }

  #putForward(ms: number): void {
    if (ms <= 0) return;
    this.#ahead += ms;
    this.#passed += ms;
  }
}

function tooManyTimers(ms: number): GibbonError {
  return new GibbonError("LIMIT", `more than ${MOST_TIMERS} timers went off within ${ms} ms`, {
    remedy: "Put the clock forward by less, or look for timers that start one another.",
  });
}
