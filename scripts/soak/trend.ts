// Whether a series of measurements goes up: a slope that single bad values do not turn.
import { median } from "../bench/numbers.ts";

/** A measurement: when, in seconds, and what. */
export type Point = readonly [seconds: number, value: number];

/** From which growth on a series rises. Both have to be passed. */
export interface Threshold {
  /** As a part of the series' median. */
  readonly relative: number;
  /** In the series' own unit. */
  readonly absolute: number;
}

/** What a series did. */
export interface Trend {
  /** How much it grew over the time that is judged, in its own unit. */
  readonly growth: number;
  readonly median: number;
  readonly rises: boolean;
}

/** Fewer measurements than this, or over fewer seconds, are not judged: heaps take time to settle. */
const LEAST_POINTS = 8;
const LEAST_SECONDS = 150;

/** What is judged: the second half. The first is for warming up. */
export function judged(points: readonly Point[]): readonly Point[] {
  const end = points.at(-1)?.[0] ?? 0;
  return points.filter(([seconds, value]) => seconds >= end / 2 && Number.isFinite(value));
}

/**
 * The median of the slopes of all pairs (Theil and Sen): as long as less than 29 of 100 values are
 * wild, it is that of the others.
 *
 * @returns growth a second; NaN for less than two points
 */
export function slopeOf(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, [seconds, value]] of points.entries()) {
    for (const [earlier, before] of points.slice(0, index)) {
      if (seconds > earlier) slopes.push((value - before) / (seconds - earlier));
    }
  }
  return median(slopes);
}

/**
 * Judges the second half of a series.
 *
 * @returns undefined where there are too few measurements
 */
export function trendOf(points: readonly Point[], threshold: Threshold): Trend | undefined {
  const late = judged(points);
  const seconds = (late.at(-1)?.[0] ?? 0) - (late[0]?.[0] ?? 0);
  if (late.length < LEAST_POINTS || seconds < LEAST_SECONDS) return undefined;
  const growth = slopeOf(late) * seconds;
  const middle = median(late.map(([, value]) => value));
  const most = Math.max(threshold.relative * middle, threshold.absolute);
  return { growth, median: middle, rises: growth > most };
}
