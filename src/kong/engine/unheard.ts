// PDK calls that failed before they were sent: what becomes of an event whose plugin does not notice.

/** Who takes a failure that nobody heard of. */
interface Failable {
  /**
   * A call of the event failed, and nobody waits for it.
   *
   * @returns whether the event has failed of it, or had failed before
   */
  unheard(error: unknown): boolean;
}

/** The events of errors that plugins were given in place of an answer. */
const given = new WeakMap<object, Failable>();
/** The promises that are such an error from the beginning. */
const refused = new WeakSet<Promise<unknown>>();

/** Remembers whose error it is. If it turns up as a rejection that nobody handles, the event fails. */
export function failsUnlessHeard(error: object, event: Failable): void {
  given.set(error, event);
}

/** A call that is refused: a promise that has failed. */
export function refuse(error: object, event: Failable): Promise<never> {
  failsUnlessHeard(error, event);
  const promise = Promise.reject(error);
  refused.add(promise);
  return promise;
}

/** Whether a call was refused. Whoever handles such a promise takes the failure upon himself. */
export function wasRefused(call: Promise<unknown>): boolean {
  return refused.has(call);
}

/**
 * Fails the event that an unhandled rejection belongs to, as an error of Kong's own would have.
 *
 * @returns whether there was one
 */
export function failUnheard(error: unknown): boolean {
  const event = typeof error === "object" && error !== null ? given.get(error) : undefined;
  return event?.unheard(error) ?? false;
}
