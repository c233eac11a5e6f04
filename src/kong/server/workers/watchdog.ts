// Notices a worker whose event loop stands still.

/** How many beats make up the time that a worker may be blocked. */
const BEATS = 4;
/** The longest time between two beats, in milliseconds. */
const LONGEST_BEAT_MS = 1000;

/** How often a worker has to beat that may be blocked for `limitMs`. */
export function beatMs(limitMs: number): number {
  return Math.min(LONGEST_BEAT_MS, limitMs / BEATS);
}

/**
 * Counts the beats that are missing. It counts its own ticks instead of looking at a clock: when the
 * whole machine has slept, one tick is late and no worker is to blame.
 */
export class Watchdog {
  readonly #timer: ReturnType<typeof setInterval>;
  #missing = 0;

  /** @param blocked called once, if there is no beat for `limitMs` */
  constructor(limitMs: number, blocked: () => void) {
    const most = Math.ceil(limitMs / beatMs(limitMs));
    this.#timer = setInterval(() => {
      if (this.#missing++ < most) return;
      this.stop();
      blocked();
    }, beatMs(limitMs));
  }

  beat(): void {
    this.#missing = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
