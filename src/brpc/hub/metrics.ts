// The numbers of a hub: its plugins, and what became of calls.
import { isGibbonError } from "../../base/errors.ts";
import { BoundedMap } from "../../telemetry/metrics/bounded_map.ts";
import {
  family,
  type MetricDefinition,
  type MetricFamily,
  single,
} from "../../telemetry/metrics/family.ts";
import { Histogram } from "../../telemetry/metrics/histogram.ts";

/** What became of a call. */
export const HUB_OUTCOMES = ["answered", "failed", "timed-out", "refused", "given-up"] as const;
type HubOutcome = (typeof HUB_OUTCOMES)[number];

/** All metrics of a hub but those of its process. */
export const HUB_METRICS = {
  plugins: {
    name: "gibbon_hub_plugins",
    help: "Plugins that are connected",
    type: "gauge",
    unit: "plugins",
    labels: [],
  },
  underWay: {
    name: "gibbon_hub_calls_under_way",
    help: "Calls that plugins have not answered yet",
    type: "gauge",
    unit: "calls",
    labels: [],
  },
  calls: {
    name: "gibbon_hub_calls_total",
    help: "Calls of plugins that are over, by what became of them",
    type: "counter",
    unit: "calls",
    labels: ["plugin", "outcome"],
  },
  duration: {
    name: "gibbon_hub_call_duration_seconds",
    help: "From a call until it was over",
    type: "histogram",
    unit: "seconds",
    labels: ["plugin"],
  },
} as const satisfies Record<string, MetricDefinition>;

/** Plugins that are told apart: clients choose their names. */
const PLUGINS = 200;

/** What stands for plugins that are not there: whoever calls can make up any name. */
const UNKNOWN = "(unknown)";

/** What is looked at. */
interface MeasuredHub {
  connected(): ReadonlyMap<string, unknown>;
  readonly underWay: number;
}

/** Counts the calls of a hub. */
export class HubCounts {
  readonly #plugins = new BoundedMap(PLUGINS, () => ({
    outcomes: new Map<HubOutcome, number>(HUB_OUTCOMES.map((outcome) => [outcome, 0])),
    duration: new Histogram(),
  }));

  /** Counts a call once it is over, and gives what it gives. */
  async watch<T>(plugin: string, call: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      const answer = await call();
      this.#over(plugin, "answered", begun);
      return answer;
    } catch (error) {
      const isUnknown = isGibbonError(error) && error.code === "PLUGIN_UNKNOWN";
      this.#over(isUnknown ? UNKNOWN : plugin, outcomeOf(error), begun);
      throw error;
    }
  }

  /** The numbers of a hub now. */
  families(hub: MeasuredHub): MetricFamily[] {
    const { plugins, underWay, calls, duration } = HUB_METRICS;
    const all = [...this.#plugins.entries()];
    return [
      single(plugins, hub.connected().size),
      single(underWay, hub.underWay),
      family(
        calls,
        all.flatMap(([plugin, { outcomes }]) =>
          [...outcomes].map(([outcome, value]) => ({ value, labels: { plugin, outcome } }))
        ),
      ),
      family(
        duration,
        all.flatMap(([plugin, counts]) => counts.duration.samples(duration.name, { plugin })),
      ),
    ];
  }

  #over(plugin: string, outcome: HubOutcome, begun: number): void {
    const { outcomes, duration } = this.#plugins.get(plugin);
    outcomes.set(outcome, outcomes.get(outcome)! + 1);
    duration.observe((performance.now() - begun) / 1000);
  }
}

function outcomeOf(error: unknown): HubOutcome {
  if (!isGibbonError(error)) return "given-up";
  if (error.code === "CALL_FAILED") return "failed";
  return error.code === "DEADLINE" ? "timed-out" : "refused";
}
