// The one deadline that all calls of a hook on a route share.
import { GibbonError } from "../../base/errors.ts";

/** What is done when a deadline is over. */
type OnOver = (error: GibbonError) => void;

/** A deadline: time, and perhaps somebody who gives up earlier. */
export class Deadline {
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #listeners = new Set<OnOver>();
  readonly #signal: AbortSignal | undefined;
  #over: GibbonError | undefined;

  /**
   * @param ms from now on
   * @param signal ends it before its time, for example when the client has gone away
   */
  constructor(ms: number, signal?: AbortSignal) {
    this.#timer = setTimeout(() => this.#end(`There was no answer within ${ms} ms`), ms);
    this.#signal = signal;
    if (signal?.aborted) this.#aborted();
    else signal?.addEventListener("abort", this.#aborted);
  }

  /** Lets go of the timer. To be called when whatever the deadline is for is done. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#aborted);
  }

  /** @throws {GibbonError} DEADLINE if it is over */
  check(): void {
    if (this.#over) throw this.#over;
  }

  /**
   * Has something done when it is over, or now if it is.
   *
   * @returns takes that back
   */
  onOver(listener: OnOver): () => void {
    if (this.#over) listener(this.#over);
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Waits for something, as long as there is time.
   *
   * @param late takes what comes when it is over
   * @throws {GibbonError} DEADLINE, or what the promise rejects with
   */
  race<T>(promise: Promise<T>, late: (value: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const leave = this.onOver((error) => {
        isOver = true;
        reject(error);
      });
      promise.then((value) => isOver ? late(value) : resolve(value), reject).finally(leave);
    });
  }

  readonly #aborted = () => this.#end("The call was given up: nobody waits for its answer");

  #end(message: string): void {
    if (this.#over) return;
    this.#over = new GibbonError("DEADLINE", message, {
      remedy: "See why the plugin takes so long, or give its binding a longer timeout.",
    });
    for (const listener of this.#listeners) listener(this.#over);
    this.#listeners.clear();
  }
}
