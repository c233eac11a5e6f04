// How long things take: counts by upper bounds, which never grow.
import type { Sample } from "./family.ts";

/** Upper bounds for what a plugin does, in seconds: from a cached answer to Kong's patience. */
export const DURATION_BOUNDS: readonly number[] = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 50],
];

/** Counts of one series. To observe allocates nothing. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** How many lie within each bound and above the one before; the last one is above all bounds. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[] = DURATION_BOUNDS) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** @param value in the unit of the bounds */
  observe(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.#counts[at]!++;
    this.#sum += value;
  }

  /** Its series, as Prometheus has them: each bound counts what lies within it. */
  samples(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    let within = 0;
    const buckets = this.#counts.map((count, at) => {
      within += count;
      const le = at < this.#bounds.length ? String(this.#bounds[at]) : "+Inf";
      return { value: within, labels: { ...labels, le }, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { value: this.#sum, labels, metricName: `${name}_sum` },
      { value: within, labels, metricName: `${name}_count` },
    ];
  }
}
