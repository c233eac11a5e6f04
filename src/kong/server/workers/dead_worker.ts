// A worker process that has ended: what is known of its end.
import type { Running } from "./running/record.ts";

/** The modules that a worker is importing, or has imported before it takes connections. */
export interface Importing {
  /**
   * One at least. Those under way come before those that are done, and of both the one that has run
   * last comes first.
   */
  readonly files: readonly string[];
  /** How many of them are under way. */
  readonly underWay: number;
  /** Whether it is one, and the process has imported no other before it: nobody else can have done it. */
  readonly isAlone: boolean;
}

/** A worker process that has ended. */
export interface DeadWorker {
  readonly slot: number;
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why the supervisor killed it, if it did. */
  readonly killedFor: "blocked" | "spoilt" | "other" | undefined;
  /** The plugin that has spoilt it, where that is known. */
  readonly spoiltBy: string | undefined;
  /** What was spoilt, as a sentence. */
  readonly spoilt?: string | undefined;
  /** What it ran; undefined where nothing was written down. */
  readonly running: readonly Running[] | undefined;
  /** Events that it had begun, as far as it had told or written down. */
  readonly events: number;
  /** What it had begun to import, if that was not done, or it did not take connections yet. */
  readonly importing: Importing | undefined;
}

/** Signals that anybody can send; others come from a crash. */
const FROM_ANYBODY: ReadonlySet<string | null> = new Set([
  "SIGKILL",
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
]);

/** Whether a signal says nothing of what the process did. */
export function isFromAnybody(signal: string | null): boolean {
  return FROM_ANYBODY.has(signal);
}
