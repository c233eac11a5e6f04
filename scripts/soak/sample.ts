// What is measured of a soak, again and again.
import type { TreeUse } from "../bench/process_tree.ts";

/** One load in a stretch of time. Durations in milliseconds. */
export interface LoadSample {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Events that failed because of what was done to the server on purpose. */
  readonly harmed: number;
  /** Events that the client left in the middle. */
  readonly abandoned: number;
}

/** A stretch of time. */
export interface Sample {
  /** When it ended, in seconds from the beginning. */
  readonly seconds: number;
  /** By the name of the load. */
  readonly loads: Readonly<Record<string, LoadSample>>;
  /** At its end, by the name of the system. */
  readonly systems: Readonly<Record<string, TreeUse>>;
  /** What was done in it: reloads and deaths. */
  readonly upsets: readonly string[];
}
