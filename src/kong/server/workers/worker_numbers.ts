// The numbers of all worker processes as one: of those that live, and of those that are gone.
import type { MetricFamily } from "../../../telemetry/metrics/family.ts";
import { together } from "../../../telemetry/metrics/page.ts";
import { inTime } from "../../../base/waiting.ts";
import type { WorkerProcess } from "./process.ts";

/** How long a worker may take to tell its numbers, in milliseconds: a plugin may block it. */
const ANSWER_MS = 1000;

/** What is known of the workers' numbers. */
export interface Gathered {
  readonly processes: readonly (readonly MetricFamily[])[];
  /** How many workers there are. */
  readonly workers: number;
  /** Workers that did not answer: their numbers are older. */
  readonly silent: number;
}

/**
 * Gathers numbers. Counters never go back: what a dead worker had told last counts on. What it counted
 * after that is lost with it.
 */
export class WorkerNumbers {
  /** By the serial of the process. */
  readonly #told = new Map<number, readonly MetricFamily[]>();
  #gone: readonly MetricFamily[] = [];

  #gathering: Promise<unknown> = Promise.resolve();

  /** Asks those that serve; one time after the other, so that no death is counted twice. */
  gather(workers: () => readonly WorkerProcess[]): Promise<Gathered> {
    const gathered = this.#gathering.then(() => this.#gather(workers()));
    this.#gathering = gathered.catch(() => {});
    return gathered;
  }

  async #gather(workers: readonly WorkerProcess[]): Promise<Gathered> {
    const answered = await Promise.all(workers.map((worker) => this.#ask(worker)));
    await this.#bury(workers);
    return {
      processes: [this.#gone, ...workers.map(({ serial }) => this.#told.get(serial) ?? [])],
      workers: workers.length,
      silent: answered.filter((has) => !has).length,
    };
  }

  async #ask(worker: WorkerProcess): Promise<boolean> {
    try {
      const asked = worker.ask({ kind: "metrics" });
      const families = await inTime(ANSWER_MS, asked, () => new Error("no answer"));
      this.#told.set(worker.serial, families as readonly MetricFamily[]);
      return true;
    } catch {
      return false;
    }
  }

  /** Adds the numbers of those that are not there any more up; what was there then is gone. */
  async #bury(workers: readonly WorkerProcess[]): Promise<void> {
    const alive = new Set(workers.map(({ serial }) => serial));
    const dead = [...this.#told.keys()].filter((serial) => !alive.has(serial));
    if (dead.length === 0) return;
    const left = dead.map((serial) => counters(this.#told.get(serial) ?? []));
    for (const serial of dead) this.#told.delete(serial);
    this.#gone = await together([this.#gone, ...left]);
  }
}

function counters(families: readonly MetricFamily[]): readonly MetricFamily[] {
  return families.filter(({ type }) => type !== "gauge");
}
