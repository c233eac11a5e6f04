// What a soak says: a line now and then, a table at the end, and why it failed.
import { show, table } from "../bench/numbers.ts";
import { percentile } from "../bench/load.ts";
import type { SoakLoad } from "./load.ts";
import type { Sample } from "./sample.ts";
import type { Judgement } from "./series.ts";

/** A sample as one short line. */
export function sampleLine({ seconds, loads, systems, upsets }: Sample): string {
  const parts = [
    ...Object.entries(loads).map(([name, { perSecond, p99 }]) =>
      `${name} ${show(perSecond)}/s p99 ${show(p99, 1)} ms`
    ),
    ...Object.entries(systems).map(([name, { pss, descriptors }]) =>
      `${name} ${show(pss)} MB ${show(descriptors)} fd`
    ),
    ...upsets,
  ];
  return `${show(seconds)} s: ${parts.join(", ")}`;
}

/** All loads over the whole run. */
export function loadTable(loads: readonly SoakLoad[], seconds: number): string {
  const rows = loads.map(({ name, total, harmed, abandoned, errors }) => {
    const durations = total.durations();
    return [
      name,
      show(total.events),
      show(total.events / seconds),
      show(percentile(durations, 0.5), 2),
      show(percentile(durations, 0.99), 2),
      show(percentile(durations, 0.999), 2),
      show(harmed),
      show(abandoned),
      show(errors.length),
    ];
  });
  const head = ["", "events", "events/s", "p50 ms", "p99 ms", "p99.9 ms"];
  return table([...head, "harmed by deaths", "abandoned", "unexplained"], rows);
}

/** What became of each series that must not rise. */
export function trendTable(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ what, trend }) =>
    trend
      ? [what, show(trend.median, 1), show(trend.growth, 1), trend.rises ? "RISES" : "level"]
      : [what, "", "", "too short to tell"]
  );
  return table(["in the second half", "median", "growth", ""], rows);
}

/** Why a soak failed; empty if it did not. */
export function failuresOf(
  judgements: readonly Judgement[],
  loads: readonly Pick<SoakLoad, "name" | "errors">[],
): string[] {
  const rising = judgements.flatMap(({ what, trend }) =>
    trend?.rises ? [`${what}: up by ${show(trend.growth, 1)} from ${show(trend.median, 1)}`] : []
  );
  const unexplained = loads.flatMap(({ name, errors }) =>
    errors.map((error) => `${name}: nothing explains: ${error}`)
  );
  return [...rising, ...unexplained];
}
