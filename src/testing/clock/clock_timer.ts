// A timer on a test's clock: goes off with the machine's time, or when the clock is put forward.
import { machine, type MachineTimer } from "./machine.ts";

/** The longest delay that a runtime takes; a longer one becomes 1 ms there, and so it does here. */
const LONGEST_MS = 2 ** 31 - 1;

/** Timers by the number that stands for them where one is wanted: a program may keep that alone. */
const byNumber = new Map<number, ClockTimer>();
let lastNumber = 0;

/** What a timer needs of its clock. */
interface Clock {
  elapsed(): number;
  /** A timer waits, or does not any more. */
  waits(timer: ClockTimer, isWaiting: boolean): void;
}

/** Has the methods that timers have in Node, as plugins may call them. */
export class ClockTimer implements Disposable {
  readonly #clock: Clock;
  readonly #callback: () => void;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  #dueAt: number;
  #armed: MachineTimer | undefined;
  #isWaiting = false;
  #isHolding = true;
  #number: number | undefined;

  constructor(clock: Clock, callback: () => void, delay: unknown, repeats: boolean) {
    const ms = Number(delay);
    this.#clock = clock;
    this.#callback = callback;
    this.#delayMs = ms >= 1 && ms <= LONGEST_MS ? ms : 1;
    this.#repeats = repeats;
    this.#dueAt = clock.elapsed() + this.#delayMs;
  }

  /** When it goes off, as the clock's `elapsed` has it. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Has the machine wait for what is left of its time. */
  arm(): void {
    machine.clearTimeout(this.#armed);
    this.#setWaiting(true);
    const left = Math.max(0, this.#dueAt - this.#clock.elapsed());
    const armed = this.#armed = machine.setTimeout(() => {
      // A runtime may round a delay down.
      if (this.#clock.elapsed() < this.#dueAt) this.arm();
      else this.fire();
    }, left);
    if (!this.#isHolding) hold(armed, false);
  }

  /** Calls back, and waits again where it repeats. */
  fire(): void {
    machine.clearTimeout(this.#armed);
    if (this.#repeats) {
      this.#dueAt = this.#clock.elapsed() + this.#delayMs;
      this.arm();
    } else this.#setWaiting(false);
    this.#callback();
  }

  clear(): void {
    machine.clearTimeout(this.#armed);
    this.#setWaiting(false);
  }

  ref(): this {
    return this.#hold(true);
  }

  unref(): this {
    return this.#hold(false);
  }

  hasRef(): boolean {
    return this.#isHolding;
  }

  refresh(): this {
    this.#dueAt = this.#clock.elapsed() + this.#delayMs;
    this.arm();
    return this;
  }

  close(): this {
    this.clear();
    return this;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  [Symbol.toPrimitive](): number {
    if (this.#number === undefined) {
      // Below 0, where no runtime has its own.
      this.#number = --lastNumber;
      if (this.#isWaiting) byNumber.set(this.#number, this);
    }
    return this.#number;
  }

  #hold(isHolding: boolean): this {
    this.#isHolding = isHolding;
    if (this.#isWaiting && this.#armed !== undefined) hold(this.#armed, isHolding);
    return this;
  }

  #setWaiting(isWaiting: boolean): void {
    this.#isWaiting = isWaiting;
    this.#clock.waits(this, isWaiting);
    if (this.#number === undefined) return;
    if (isWaiting) byNumber.set(this.#number, this);
    else byNumber.delete(this.#number);
  }
}

/** The timer that a value stands for, if it is one of a test's clock. */
export function clockTimer(value: unknown): ClockTimer | undefined {
  if (value instanceof ClockTimer) return value;
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" ? byNumber.get(number) : undefined;
}

/** Whether a timer of the runtime keeps the process alive. */
function hold(timer: MachineTimer, isHolding: boolean): void {
  const { ref, unref } = timer as { ref?: () => void; unref?: () => void };
  (isHolding ? ref : unref)?.call(timer);
}
