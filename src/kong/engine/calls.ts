// The PDK calls of one event: those that wait for their turn, and the one that the gateway has.
import type { PdkCallOptions } from "./turn.ts";

/** A PDK call on its way. */
export interface PendingCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: PdkCallOptions;
  /** Settles with the gateway's answer; absent where the gateway will not answer. */
  readonly promise?: Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** First in, first out, one at a time. */
export class Calls {
  #waiting: PendingCall[] = [];
  #out: PendingCall | undefined;

  /** How many calls wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The call that the gateway has. */
  get out(): PendingCall | undefined {
    return this.#out;
  }

  /** Lets a call wait for its turn; gives what settles with its answer. */
  add(method: string, args: readonly unknown[], options: PdkCallOptions): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ method, args, options, promise, resolve, reject });
    return promise;
  }

  /** Lets a call wait for its turn which the gateway will not answer. */
  addLast(method: string, args: readonly unknown[]): void {
    this.#waiting.push({
      method,
      args,
      options: { final: true },
      resolve: ignore,
      reject: ignore,
    });
  }

  /** The next call, which then is out unless it is final. */
  next(): PendingCall | undefined {
    const call = this.#waiting.shift();
    if (call && !call.options.final) this.#out = call;
    return call;
  }

  /** The call that was out: the gateway has answered it. */
  answered(): PendingCall | undefined {
    const call = this.#out;
    this.#out = undefined;
    return call;
  }

  /** All fail. The one that is out stays out, for the gateway will answer it, but nobody hears that. */
  fail(error: unknown): void {
    const out = this.#out;
    const failed = out ? [out, ...this.#waiting] : this.#waiting;
    this.#waiting = [];
    this.#out = out && { ...out, resolve: ignore, reject: ignore };
    for (const call of failed) reject(call, error);
  }
}

/** Fails a call, which may have nobody who waits for it. */
export function reject(call: PendingCall, error: unknown): void {
  call.promise?.catch(ignore);
  call.reject(error);
}

function ignore(): void {}
