// The calls under way on one plugin: each ends once, with an answer, an error, or out of time.
import { GibbonError } from "../../base/errors.ts";
import { setTimer } from "../timer.ts";

/** When a call is given up. */
export interface CallPatience {
  /** Milliseconds; Infinity for no end. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  resolve(payload: Uint8Array): void;
  reject(error: unknown): void;
}

/** Calls by their sequence number. */
export class PendingCalls {
  readonly #pending = new Map<number, Pending>();
  #next = 0;

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Begins a call.
   *
   * @param send sends it under its number
   * @param what what an error calls it
   * @returns the answer's payload
   */
  begin(
    send: (seq: number) => void,
    { timeoutMs, signal }: CallPatience,
    what: string,
  ): Promise<Uint8Array> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const seq = this.#next++;
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#pending.delete(seq);
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
      };
      const abort = () => fail(signal?.reason);
      const timer = setTimer(
        () => fail(new GibbonError("DEADLINE", `${what} took more than ${timeoutMs} ms`)),
        timeoutMs,
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.set(seq, {
        resolve: (payload) => {
          end();
          resolve(payload);
        },
        reject: fail,
      });
      send(seq);
    });
  }

  /** An answer came in; one that nobody waits for any more is dropped. */
  resolve(seq: number, payload: Uint8Array): void {
    this.#pending.get(seq)?.resolve(payload);
  }

  /** An error came in. */
  reject(seq: number, error: GibbonError): void {
    this.#pending.get(seq)?.reject(error);
  }

  /** Fails all that are under way. */
  rejectAll(error: GibbonError): void {
    for (const { reject } of [...this.#pending.values()]) reject(error);
  }
}
