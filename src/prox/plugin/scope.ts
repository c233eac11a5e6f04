// How long one call lives: its signal tells a handler that nobody waits for its answer any more.
import { GibbonError } from "../../base/errors.ts";

/** The life of one call. */
export class CallScope {
  #controller: AbortController | undefined;
  #end: { readonly reason: unknown } | undefined;

  /** Called when the call ends. */
  onEnd: (() => void) | undefined;

  /** Aborted when the call is over. Made when it is asked for: few handlers do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#end) this.#controller.abort(this.#end.reason);
    }
    return this.#controller.signal;
  }

  /** Ends the call. Only the first time counts. */
  end(reason: unknown): void {
    if (this.#end) return;
    this.#end = { reason };
    this.#controller?.abort(reason);
    this.onEnd?.();
  }

  /**
   * Waits for what a handler promised.
   *
   * @param ms how long it may take; then the call ends
   * @throws {GibbonError} DEADLINE, or what the handler's promise rejects with
   */
  async within(ms: number, given: PromiseLike<unknown>): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new GibbonError("DEADLINE", `It took longer than ${ms} ms`, {
          remedy: "Wait for less in the handler, or raise the plugin's deadline.",
        });
        this.end(error);
        reject(error);
      }, ms);
    });
    try {
      return await Promise.race([given, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
