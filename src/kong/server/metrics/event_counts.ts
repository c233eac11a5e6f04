// Counts events and PDK calls: numbers in objects that are made once, on the path of every event.
import { BoundedMap } from "../../../telemetry/metrics/bounded_map.ts";
import { family, type MetricFamily, type Sample } from "../../../telemetry/metrics/family.ts";
import { Histogram } from "../../../telemetry/metrics/histogram.ts";
import type { EventMeter, MeteredEvent } from "../../engine/meter.ts";
import type { Phase } from "../../engine/phases.ts";
import type { EventEnd } from "../../engine/turn.ts";
import { type EventOutcome, KONG_METRICS, OUTCOMES } from "./definitions.ts";

/** Plugins that are told apart; a directory that is loaded again can have ever new ones. */
const PLUGINS = 200;
/** Methods that are told apart: more than the PDK has. */
const METHODS = 200;

/** One phase of one plugin. */
class PhaseCounts {
  readonly outcomes: Record<EventOutcome, number> = {
    returned: 0,
    exited: 0,
    failed: 0,
    "timed-out": 0,
    abandoned: 0,
    refused: 0,
  };
  readonly duration = new Histogram();
}

interface MethodCounts {
  calls: number;
  roundTrips: number;
  roundTripMs: number;
}

/** The counts of one process. */
export class EventCounts implements EventMeter {
  readonly #plugins = new BoundedMap(PLUGINS, () => new Map<Phase, PhaseCounts>());
  readonly #methods = new BoundedMap<MethodCounts>(METHODS, () => {
    return { calls: 0, roundTrips: 0, roundTripMs: 0 };
  });

  called(_event: MeteredEvent, method: string): void {
    this.#methods.get(method).calls++;
  }

  answered(_event: MeteredEvent, method: string, ms: number): void {
    const counts = this.#methods.get(method);
    counts.roundTrips++;
    counts.roundTripMs += ms;
  }

  handled({ instance, phase }: MeteredEvent, end: EventEnd, ms: number): void {
    const counts = this.#phase(instance.plugin.name, phase);
    counts.outcomes[end]++;
    counts.duration.observe(ms / 1000);
  }

  /** An event was not begun. */
  refused(plugin: string, phase: Phase): void {
    this.#phase(plugin, phase).outcomes.refused++;
  }

  /** The numbers so far. */
  families(): MetricFamily[] {
    return [...this.#events(), ...this.#calls()];
  }

  #phase(plugin: string, phase: Phase): PhaseCounts {
    const phases = this.#plugins.get(plugin);
    let counts = phases.get(phase);
    if (!counts) phases.set(phase, counts = new PhaseCounts());
    return counts;
  }

  #events(): MetricFamily[] {
    const { events, duration } = KONG_METRICS;
    const counted: Sample[] = [];
    const lasted: Sample[] = [];
    for (const [plugin, phases] of this.#plugins.entries()) {
      for (const [phase, counts] of phases) {
        for (const outcome of OUTCOMES) {
          counted.push({ value: counts.outcomes[outcome], labels: { plugin, phase, outcome } });
        }
        lasted.push(...counts.duration.samples(duration.name, { plugin, phase }));
      }
    }
    return [family(events, counted), family(duration, lasted)];
  }

  #calls(): MetricFamily[] {
    const { calls, roundTrips, roundTripSeconds } = KONG_METRICS;
    const all = [...this.#methods.entries()];
    const each = (read: (counts: MethodCounts) => number) =>
      all.map(([method, counts]) => ({ value: read(counts), labels: { method } }));
    return [
      family(calls, each((counts) => counts.calls)),
      family(roundTrips, each((counts) => counts.roundTrips)),
      family(roundTripSeconds, each((counts) => counts.roundTripMs / 1000)),
    ];
  }
}
