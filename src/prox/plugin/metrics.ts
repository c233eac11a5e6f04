// The numbers of a prox plugin process: calls by hook, and what its plugins did to them.
import {
  family,
  type MetricDefinition,
  type MetricFamily,
  single,
} from "../../telemetry/metrics/family.ts";
import { Histogram } from "../../telemetry/metrics/histogram.ts";
import { HOOK_NAMES, type HookName } from "../messages.ts";

/** All metrics of a prox plugin process but those of the process itself. */
export const PROX_METRICS = {
  calls: {
    name: "gibbon_prox_calls_total",
    help: "Calls of hooks that were answered: passed, or stopped by a plugin",
    type: "counter",
    unit: "calls",
    labels: ["hook", "outcome"],
  },
  failures: {
    name: "gibbon_prox_failures_total",
    help: "Handlers that failed or were late",
    type: "counter",
    unit: "failures",
    labels: ["plugin", "hook"],
  },
  duration: {
    name: "gibbon_prox_call_duration_seconds",
    help: "From a call of a hook until its answer",
    type: "histogram",
    unit: "seconds",
    labels: ["hook"],
  },
  underWay: {
    name: "gibbon_prox_calls_under_way",
    help: "Calls of hooks that are not answered yet",
    type: "gauge",
    unit: "calls",
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

interface HookCounts {
  passed: number;
  stopped: number;
  readonly duration: Histogram;
}

/** Counts the calls of a process. */
export class ProxCounts {
  readonly #hooks = new Map<HookName, HookCounts>();
  /** By plugin and hook: those of the process, which are as many as it has loaded. */
  readonly #failures = new Map<string, Map<HookName, number>>();
  #underWay = 0;

  /** A call begins. */
  began(): number {
    this.#underWay++;
    return performance.now();
  }

  /** A call is answered; `begun` is what `began` gave. */
  answered(hook: HookName, isStopped: boolean, begun: number): void {
    this.#underWay--;
    let counts = this.#hooks.get(hook);
    if (!counts) this.#hooks.set(hook, counts = newHook());
    counts[isStopped ? "stopped" : "passed"]++;
    counts.duration.observe((performance.now() - begun) / 1000);
  }

  /** A handler failed. */
  failed(plugin: string, hook: HookName): void {
    let hooks = this.#failures.get(plugin);
    if (!hooks) this.#failures.set(plugin, hooks = new Map());
    hooks.set(hook, (hooks.get(hook) ?? 0) + 1);
  }

  /** The numbers so far. */
  families(): MetricFamily[] {
    const { calls, failures, duration, underWay } = PROX_METRICS;
    const hooks = HOOK_NAMES.map((hook) => [hook, this.#hooks.get(hook) ?? newHook()] as const);
    return [
      family(
        calls,
        hooks.flatMap(([hook, { passed, stopped }]) => [
          { value: passed, labels: { hook, outcome: "passed" } },
          { value: stopped, labels: { hook, outcome: "stopped" } },
        ]),
      ),
      family(
        failures,
        [...this.#failures].flatMap(([plugin, all]) =>
          [...all].map(([hook, value]) => ({ value, labels: { plugin, hook } }))
        ),
      ),
      family(
        duration,
        hooks.flatMap(([hook, counts]) => counts.duration.samples(duration.name, { hook })),
      ),
      single(underWay, this.#underWay),
    ];
  }
}

function newHook(): HookCounts {
  return { passed: 0, stopped: 0, duration: new Histogram() };
}
