// Many requests at once on a Kong, as long as somebody wants them.
import { setTimeout as sleep } from "node:timers/promises";
import type { Kong } from "./kong.ts";
import { type Outcome, Tally } from "./outcome.ts";
import type { GivenRequest } from "./worker.ts";

/** How much load. */
export interface LoadOptions {
  /** Clients: each has one request under way. */
  readonly lanes: number;
  /** Milliseconds between two requests of a client: 0. */
  readonly pauseMs?: number;
  /** The request with this number. */
  readonly request?: (number: number) => GivenRequest;
  /** Sees every outcome. */
  readonly see?: (outcome: Outcome, given: GivenRequest) => void;
}

/** A load that runs. */
export class Load {
  readonly tally = new Tally();
  readonly #kong: Pick<Kong, "request">;
  readonly #options: LoadOptions;
  readonly #lanes: Promise<void[]>;
  #number = 0;
  #isOver = false;

  constructor(kong: Pick<Kong, "request">, options: LoadOptions) {
    this.#kong = kong;
    this.#options = options;
    this.#lanes = Promise.all(Array.from({ length: options.lanes }, () => this.#keepBusy()));
    // Whoever stops it gets to hear of it.
    this.#lanes.catch(() => {});
  }

  /** Begins no more requests; settles when those under way are over. */
  async stop(): Promise<Tally> {
    this.#isOver = true;
    await this.#lanes;
    return this.tally;
  }

  async #keepBusy(): Promise<void> {
    const { request, see, pauseMs = 0 } = this.#options;
    while (!this.#isOver) {
      const given = request?.(this.#number++) ?? {};
      const outcome = await this.#kong.request(given);
      this.tally.add(outcome);
      see?.(outcome, given);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }
}
