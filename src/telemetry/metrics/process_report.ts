// What operators can ask a process of gibbon that has no others: a hub, a plugin of prox.
import type { Observed } from "../http/answers.ts";
import type { MetricFamily } from "./family.ts";
import { type MetricsPage, metricsPage } from "./page.ts";
import { ProcessMetrics } from "./process_metrics.ts";

/** Tells of one process, from its beginning on. */
export class ProcessReport implements Observed {
  readonly #process: ProcessMetrics;
  readonly #families: () => readonly MetricFamily[];
  /** Why it is not ready. */
  reasons: readonly string[] = ["it is starting"];

  /**
   * @param name of the process, as a label
   * @param families what it tells beside memory and the like
   */
  constructor(name: string, families: () => readonly MetricFamily[]) {
    this.#process = new ProcessMetrics(name);
    this.#families = families;
  }

  page(): Promise<MetricsPage> {
    return metricsPage([[...this.#families(), ...this.#process.families()]]);
  }

  unready(): readonly string[] {
    return this.reasons;
  }
}
