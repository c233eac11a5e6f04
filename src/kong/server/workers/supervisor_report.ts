// What operators can ask a supervisor: the numbers of all its processes, and whether it is ready.
import { resolve } from "node:path";
import { VERSION } from "../../../base/version.ts";
import { inTime } from "../../../base/waiting.ts";
import type { HeldSocket } from "../../../runtime/contract.ts";
import type { Observed } from "../../../telemetry/http/answers.ts";
import { family, type MetricFamily, single } from "../../../telemetry/metrics/family.ts";
import { type MetricsPage, metricsPage } from "../../../telemetry/metrics/page.ts";
import { ProcessMetrics } from "../../../telemetry/metrics/process_metrics.ts";
import { KONG_METRICS } from "../metrics/definitions.ts";
import { unlistened } from "../metrics/readiness.ts";
import { buildFamily } from "../metrics/server_metrics.ts";
import type { Crew } from "./crew.ts";
import type { DeadWorker } from "./dead_worker.ts";
import type { WorkerProcess } from "./process.ts";
import type { Stopped } from "./quarantine.ts";
import { WorkerNumbers } from "./worker_numbers.ts";

/** How long a worker may take to say whether it is ready, in milliseconds. */
const ANSWER_MS = 1000;

/** What a worker can die of. */
const CAUSES = ["crashed", "blocked", "spoilt", "killed"] as const;

/** What of a supervisor is looked at. */
export interface Supervised {
  /** How many workers there are to be. */
  readonly workers: number;
  readonly runtime: string;
  readonly path: string;
  crew(): Crew | undefined;
  /** Undefined until it is placed. */
  socket(): Pick<HeldSocket, "isAt"> | undefined;
  stopped(): readonly Stopped[];
  isStopping(): boolean;
}

/** Tells of a supervisor and its workers. */
export class SupervisorReport implements Observed {
  readonly #of: Supervised;
  readonly #numbers = new WorkerNumbers();
  readonly #deaths = { crashed: 0, blocked: 0, spoilt: 0, killed: 0 };
  #process: ProcessMetrics | undefined;

  constructor(of: Supervised) {
    this.#of = of;
  }

  /** Measures this process from now on. */
  begin(): void {
    this.#process ??= new ProcessMetrics("supervisor");
  }

  /** A worker has died, and nobody wanted it to. */
  died({ killedFor }: DeadWorker): void {
    const cause = killedFor === "other" ? "killed" : killedFor ?? "crashed";
    this.#deaths[cause]++;
  }

  async page(): Promise<MetricsPage> {
    const gathered = await this.#numbers.gather(() => this.#of.crew()?.ready ?? []);
    const { processes, workers, silent } = gathered;
    return await metricsPage([this.#own(workers, silent), ...processes]);
  }

  async unready(): Promise<string[]> {
    const { crew, socket, path } = this.#of;
    if (this.#of.isStopping()) return ["it is stopping"];
    const [workers, held] = [crew()?.ready ?? [], socket()];
    if (!held) return ["it is starting: the socket does not listen yet"];
    const few = this.#of.workers - workers.length;
    return [
      ...unlistened(await held.isAt(resolve(path)), path),
      ...(few > 0 ? [`${few} of ${this.#of.workers} workers do not take connections`] : []),
      ...this.#of.stopped().map(stoppedReason),
      ...new Set((await Promise.all(workers.map(askUnready))).flat()),
    ];
  }

  #own(ready: number, silentWorkers: number): MetricFamily[] {
    const { workers, wanted, silent, restarts, deaths, stopped } = KONG_METRICS;
    return [
      buildFamily(VERSION, this.#of.runtime),
      single(workers, ready),
      single(wanted, this.#of.workers),
      single(silent, silentWorkers),
      single(restarts, this.#of.crew()?.restarts ?? 0),
      family(
        deaths,
        CAUSES.map((cause) => ({ value: this.#deaths[cause], labels: { cause } })),
      ),
      family(stopped, this.#of.stopped().map(({ plugin }) => ({ value: 1, labels: { plugin } }))),
      ...this.#process?.families() ?? [],
    ];
  }
}

async function askUnready(worker: WorkerProcess): Promise<string[]> {
  try {
    const asked = worker.ask({ kind: "unready" });
    return await inTime(ANSWER_MS, asked, () => new Error("no answer")) as string[];
  } catch {
    return [`worker ${worker.slot} does not answer`];
  }
}

function stoppedReason({ plugin, untilMs }: Stopped): string {
  const seconds = Math.max(0, Math.ceil((untilMs - Date.now()) / 1000));
  return `plugin ${plugin} is stopped for ${seconds} s more: it has killed or spoilt workers`;
}
