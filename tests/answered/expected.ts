// What may come of an event whose handler has done this and that.
import type { Trace } from "./steps.ts";

/** What came of an event. */
export type End = "returned" | "failed" | "exited";

/** A timer may be so much late, in milliseconds, on a machine with other things to do. */
const SLACK_MS = 150;

/**
 * The ends that are right.
 *
 * @param limitMs how long the event was allowed to take
 */
export function expectedEnds({ deeds, ms, isTwofold }: Trace, limitMs: number): readonly End[] {
  const mayBeLate = isTwofold || ms > limitMs - SLACK_MS;
  const late: readonly End[] = mayBeLate ? ["failed"] : [];
  if (deeds[0] === "exit") return ["exited", ...late];
  const isLeft = deeds.includes("left a wrong call");
  // Both may have been on their way at once: two ways of a handler, or its timer.
  const exits: readonly End[] = deeds.includes("exit") ? ["exited"] : [];
  const returned = deeds.indexOf("returned");
  const threw = deeds.indexOf("threw");
  // A call that is left behind may fail when all is over, from a timer.
  if (isLeft) return ["failed", ...exits, ...(wasOverBefore(deeds) ? ["returned" as const] : [])];
  if (returned >= 0 && threw < 0) return ["returned", ...exits, ...late];
  return ["failed", ...exits];
}

function wasOverBefore(deeds: Trace["deeds"]): boolean {
  const returned = deeds.indexOf("returned");
  return returned >= 0 && returned < deeds.indexOf("left a wrong call");
}
