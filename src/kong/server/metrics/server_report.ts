// What operators can ask a server of one process: its numbers, and whether it is ready.
import { VERSION } from "../../../base/version.ts";
import type { Observed } from "../../../telemetry/http/answers.ts";
import { type MetricFamily, single } from "../../../telemetry/metrics/family.ts";
import { type MetricsPage, metricsPage } from "../../../telemetry/metrics/page.ts";
import type { RunningServer } from "../plugin_server.ts";
import { KONG_METRICS } from "./definitions.ts";
import { buildFamily, type ServerMetrics } from "./server_metrics.ts";

/** Tells of a server that has no workers. */
export class ServerReport implements Observed {
  readonly #metrics: ServerMetrics;
  readonly #runtime: string;
  #running: RunningServer | undefined;
  #stopping = false;

  constructor(metrics: ServerMetrics, runtime: string) {
    this.#metrics = metrics;
    this.#runtime = runtime;
  }

  /** The server runs. */
  started(running: RunningServer): void {
    this.#running = running;
  }

  /** It is about to end. */
  stopping(): void {
    this.#stopping = true;
  }

  async page(): Promise<MetricsPage> {
    return await metricsPage([this.#families()]);
  }

  async unready(): Promise<string[]> {
    if (this.#stopping) return ["it is stopping"];
    return await this.#running?.unready() ?? ["it is starting: the socket does not listen yet"];
  }

  #families(): MetricFamily[] {
    const running = this.#running;
    return [
      buildFamily(VERSION, this.#runtime),
      single(KONG_METRICS.workers, 0),
      single(KONG_METRICS.wanted, 0),
      ...(running ? this.#metrics.families(running.measured) : []),
    ];
  }
}
