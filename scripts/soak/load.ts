// A load that goes on until it is told to stop: lanes of events, one after the other, with a rest.
import { setTimeout as sleep } from "node:timers/promises";
import { Counter } from "../bench/counter.ts";
import { percentile } from "../bench/load.ts";
import type { LoadSample } from "./sample.ts";

/** What became of an event: it was left in the middle; or a failure, and whether it is explained. */
export type Outcome = "ok" | "abandoned" | { readonly error: string; readonly isHarm: boolean };

/** How a load is put. */
export interface LoadOptions {
  readonly name: string;
  readonly lanes: number;
  /** Rest of a lane after each event, in milliseconds. */
  readonly restMs: number;
}

/** Unexplained failures that are kept. */
const MOST_ERRORS = 10;

/** How long an event may take before it is lost, in milliseconds: Kong waits for 60 s. */
const LOST_MS = 60_000;

/** One kind of events. */
export class SoakLoad {
  readonly name: string;
  /** Of the whole run. */
  readonly total = new Counter();
  /** What failed and nobody can tell why. */
  readonly errors: string[] = [];
  harmed = 0;
  abandoned = 0;
  #window = new Counter();
  #before = { harmed: 0, abandoned: 0 };
  #since = performance.now();
  #isOver = false;
  readonly #running: Promise<unknown>;

  /** @param lane makes what runs one event of a lane, and what ends the lane */
  constructor(
    { name, lanes, restMs }: LoadOptions,
    lane: () => { once(): Promise<Outcome>; leave(): void },
  ) {
    this.name = name;
    this.#running = Promise.all(Array.from({ length: lanes }, async () => {
      const { once, leave } = lane();
      while (!this.#isOver) {
        await this.#event(once);
        await sleep(restMs);
      }
      leave();
    }));
  }

  async #event(once: () => Promise<Outcome>): Promise<void> {
    const began = performance.now();
    const late = Promise.withResolvers<Outcome>();
    const timer = setTimeout(
      () => late.resolve({ error: `no end after ${LOST_MS} ms`, isHarm: false }),
      LOST_MS,
    );
    const failed = (error: unknown): Outcome => ({ error: String(error), isHarm: false });
    const outcome = await Promise.race([once().catch(failed), late.promise]);
    clearTimeout(timer);
    if (outcome === "ok") this.#window.add(performance.now() - began);
    else if (outcome === "abandoned") this.abandoned++;
    else if (outcome.isHarm) this.harmed++;
    else if (this.errors.length < MOST_ERRORS) this.errors.push(outcome.error);
  }

  /** What there was since the last time. */
  take(): LoadSample {
    const window = this.#window;
    const seconds = (performance.now() - this.#since) / 1000;
    const durations = window.durations();
    const before = this.#before;
    this.#before = { harmed: this.harmed, abandoned: this.abandoned };
    this.total.addAll(window);
    this.#window = new Counter();
    this.#since = performance.now();
    return {
      perSecond: window.events / seconds,
      p50: percentile(durations, 0.5),
      p99: percentile(durations, 0.99),
      p999: percentile(durations, 0.999),
      harmed: this.harmed - before.harmed,
      abandoned: this.abandoned - before.abandoned,
    };
  }

  /** Settles when the last events are over. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }
}
