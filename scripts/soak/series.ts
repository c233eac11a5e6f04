// The series of a soak: what is drawn, and what must not rise.
import type { Sample } from "./sample.ts";
import { type Point, type Threshold, type Trend, trendOf } from "./trend.ts";

/** One line of a drawing. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Lines of one unit. */
export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  /** What makes a failure of a rise; left out where it is only shown. */
  readonly threshold?: Threshold;
}

/** Memory: what a heap takes to find its size is less than this. */
const MEMORY: Threshold = { relative: 0.1, absolute: 8 };
/** Descriptors: connections come and go. */
const DESCRIPTORS: Threshold = { relative: 0.1, absolute: 16 };
/** Tail latencies depend on what else the machine does. */
const LATENCY: Threshold = { relative: 0.5, absolute: 5 };

/** The panels of a soak. */
export function panelsOf(samples: readonly Sample[]): Panel[] {
  const loads = Object.keys(samples[0]?.loads ?? {});
  const systems = Object.keys(samples[0]?.systems ?? {});
  const of = (names: readonly string[], value: (sample: Sample, name: string) => number) =>
    names.map((name): Series => ({
      name,
      points: samples.map((sample) => [sample.seconds, value(sample, name)]),
    }));
  const load = (field: "perSecond" | "p50" | "p99" | "p999") =>
    of(loads, ({ loads }, name) => loads[name]?.[field] ?? NaN);
  const system = (field: "pss" | "rss" | "descriptors") =>
    of(systems, ({ systems }, name) => systems[name]?.[field] ?? NaN);
  return [
    { title: "events a second", series: load("perSecond") },
    { title: "p50, ms", series: load("p50") },
    { title: "p99, ms", series: load("p99"), threshold: LATENCY },
    { title: "p99.9, ms", series: load("p999") },
    { title: "memory (PSS), MB", series: system("pss"), threshold: MEMORY },
    { title: "memory (RSS), MB", series: system("rss") },
    { title: "open descriptors", series: system("descriptors"), threshold: DESCRIPTORS },
  ];
}

/** A series that is judged, and what it did; undefined where it is too short to tell. */
export interface Judgement {
  readonly what: string;
  readonly trend: Trend | undefined;
}

/** Judges all series that must not rise. */
export function judgeAll(panels: readonly Panel[]): Judgement[] {
  return panels.flatMap(({ title, series, threshold }) => {
    if (!threshold) return [];
    return series.map(({ name, points }) => ({
      what: `${name}: ${title}`,
      trend: trendOf(points, threshold),
    }));
  });
}
