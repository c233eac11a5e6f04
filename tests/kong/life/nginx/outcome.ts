// What becomes of a request, and how many of each kind there were.
import type { Exchange } from "../../../../src/kong/emulator/exchange.ts";

/** What became of a request. */
export type OutcomeKind =
  /** Every plugin ran, and the service answered. */
  | "ok"
  /** A plugin ended the request with an answer of its own. */
  | "stopped"
  /** The client got a 500. */
  | "failed"
  /** The service answered though a plugin had not run to its end: it guarded nothing. */
  | "unchecked"
  /** There was no answer for as long as anybody would wait. */
  | "hung";

export const OUTCOME_KINDS: readonly OutcomeKind[] = [
  "ok",
  "stopped",
  "failed",
  "unchecked",
  "hung",
];

/** A request that is over. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** Why it failed or was not checked, in Kong's words. */
  readonly reason?: string | undefined;
  readonly status: number;
  /** Milliseconds until the client had its answer. */
  readonly ms: number;
  /** When it began, on the clock of `performance.now()`. */
  readonly began: number;
  /** The response's headers, by their lower-case names; the first value of each. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Judges a request by what its handlers did.
 *
 * @param marks headers that the plugins of the request set when they have run
 */
export function judge(
  exchange: Exchange,
  marks: readonly string[],
): Pick<Outcome, "kind" | "reason"> {
  const raised = exchange.runs.find(({ end }) => end === "raised");
  if (raised) return { kind: "failed", reason: raised.reason };
  const skipped = exchange.runs.find(({ end }) => end === "skipped");
  if (skipped) return { kind: "unchecked", reason: skipped.reason };
  const exited = exchange.runs.find(({ end }) => end === "exited");
  if (exited) {
    if (exchange.status !== 500) return { kind: "stopped" };
    return { kind: "failed", reason: `the server stopped ${exited.plugin} in ${exited.phase}` };
  }
  const missing = marks.find((mark) => exchange.responseHeaders.get(mark) === undefined);
  if (missing === undefined) return { kind: "ok" };
  return { kind: "unchecked", reason: `the header ${missing} was not set` };
}

/** Counts outcomes. */
export class Tally {
  readonly counts: Record<OutcomeKind, number> = {
    ok: 0,
    stopped: 0,
    failed: 0,
    unchecked: 0,
    hung: 0,
  };
  /** How often there was each reason. */
  readonly reasons: Map<string, number> = new Map();
  longestMs = 0;

  add({ kind, reason, ms }: Outcome): void {
    this.counts[kind]++;
    this.longestMs = Math.max(this.longestMs, ms);
    if (reason === undefined) return;
    const text = `${kind}: ${reason}`;
    this.reasons.set(text, (this.reasons.get(text) ?? 0) + 1);
  }

  get total(): number {
    return OUTCOME_KINDS.reduce((sum, kind) => sum + this.counts[kind], 0);
  }

  /** Requests that a client or a service had to suffer for. */
  get harmed(): number {
    const { failed, unchecked, hung } = this.counts;
    return failed + unchecked + hung;
  }

  /** For a message: what went wrong, and how often. */
  get report(): string {
    const counts = OUTCOME_KINDS.map((kind) => `${kind} ${this.counts[kind]}`).join(", ");
    const reasons = [...this.reasons].map(([reason, times]) => `${times} times ${reason}`);
    return [counts, ...reasons].join("\n  ");
  }
}
