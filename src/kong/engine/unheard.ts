// PDK calls that failed before they were sent: what becomes of an event whose plugin does not notice.
import { nextTick } from "node:process";

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
  const promise = looks ? lookedAfter(error, event) : Promise.reject(error);
  refused.add(promise);
  return promise;
}

/** Whether gibbon looks by itself who handles a refused call. */
let looks = false;

/**
 * Has gibbon look by itself from now on, where rejections that nobody handles are somebody else's
 * business: in a test its runner's. What hangs on such a call, and is not handled, is still that.
 */
export function lookForHearers(): void {
  looks = true;
}

/** A promise that knows whether anything hangs on it. */
class HeardPromise extends Promise<never> {
  isHeard = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A = never, B = never>(
    done?: ((value: never) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isHeard = true;
    return super.then(done, failed);
  }

  /** Keeps its rejection from those who look for such that nobody handles. */
  hush(): void {
    super.then(undefined, () => {});
  }
}

/** As the runtimes do it, once all microtasks are done. */
function lookedAfter(error: object, event: Failable): Promise<never> {
  const promise = new HeardPromise((_, reject) => reject(error));
  promise.hush();
  queueMicrotask(() => {
    nextTick(() => {
      if (!promise.isHeard) event.unheard(error);
    });
  });
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
