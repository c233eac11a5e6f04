// Timers for times that people choose, which may be longer than a timer can be set for.

/** The longest that a timer can be set for, in milliseconds; one set for longer ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What `clearTimeout` takes; undefined if there is nothing to clear. */
export type Timer = ReturnType<typeof setTimeout> | undefined;

/** Calls something after a time: never, if that is longer than 24 days. */
export function setTimer(run: () => void, ms: number): Timer {
  return ms > LONGEST_TIMER_MS ? undefined : setTimeout(run, ms);
}
