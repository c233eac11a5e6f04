// The beat of a worker process: it shows that it is not blocked, and that it hears the supervisor.

/** Beats that may be without an answer; then there is none until one is answered. */
const MOST_UNANSWERED = 4;

/**
 * Makes what is to be called for each beat. A worker that a plugin has made deaf stops beating, so that
 * it is replaced as one that is blocked: no instance could be started in it.
 *
 * @param beat settles when the supervisor has answered
 */
export function heart(beat: () => Promise<unknown>): () => void {
  let unanswered = 0;
  return () => {
    if (unanswered >= MOST_UNANSWERED) return;
    unanswered++;
    beat().then(() => unanswered = 0, () => {});
  };
}
