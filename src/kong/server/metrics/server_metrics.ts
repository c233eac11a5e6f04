// The numbers of one process that serves events: what it has counted, and what is there now.
import type { MetricFamily } from "../../../telemetry/metrics/family.ts";
import { family, single } from "../../../telemetry/metrics/family.ts";
import { ProcessMetrics } from "../../../telemetry/metrics/process_metrics.ts";
import type { KongEndpoint } from "../../protocol/endpoint.ts";
import type { KongServer } from "../../protocol/server.ts";
import type { PluginSource } from "../plugin_source.ts";
import { KONG_METRICS } from "./definitions.ts";
import { EventCounts } from "./event_counts.ts";

/** What is looked at. */
export interface Measured {
  readonly server: KongServer;
  readonly endpoint: KongEndpoint;
  /** Left out where another process tells of it. */
  readonly source?: PluginSource | undefined;
}

/** Measures a process from now on. */
export class ServerMetrics {
  readonly events = new EventCounts();
  readonly #process: ProcessMetrics;

  /** @param name of the process, as a label */
  constructor(name: string) {
    this.#process = new ProcessMetrics(name);
  }

  /** The numbers of this process now. */
  families({ server, endpoint, source }: Measured): MetricFamily[] {
    const { underWay, waiting, instances, connections, unsent, turnedAway } = KONG_METRICS;
    const { registry } = server.options;
    return [
      ...this.events.families(),
      single(underWay, server.events.size),
      single(waiting, server.events.waitingCalls),
      family(
        instances,
        registry.list().map(({ plugin: { name } }) => ({
          value: server.instances.count(name),
          labels: { plugin: name },
        })),
      ),
      single(connections, endpoint.size),
      single(unsent, endpoint.unsentBytes),
      single(turnedAway, endpoint.turnedAway),
      single(KONG_METRICS.plugins, registry.list().length),
      ...(source ? sourceFamilies(source) : []),
      ...this.#process.families(),
    ];
  }
}

function sourceFamilies({ problems, reloads }: PluginSource): MetricFamily[] {
  return [
    single(KONG_METRICS.problems, problems.length),
    family(
      KONG_METRICS.reloads,
      Object.entries(reloads).map(([result, value]) => ({ value, labels: { result } })),
    ),
  ];
}

/** What runs. */
export function buildFamily(version: string, runtime: string): MetricFamily {
  return family(KONG_METRICS.build, [{ value: 1, labels: { version, runtime } }]);
}
