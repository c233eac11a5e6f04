// The PDK calls of one event: those that wait for their turn, and the one that the gateway has.
import { joinCalls, type PendingCall, sentInstead, type StandIn } from "./stand_in.ts";
import type { PdkCallOptions } from "./turn.ts";

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
    let resolve!: PendingCall["resolve"];
    let reject!: PendingCall["reject"];
    // Half the price of Promise.withResolvers, on the way of every call.
    const promise = new Promise<unknown>((succeed, fail) => {
      resolve = succeed;
      reject = fail;
    });
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

  /**
   * Answers those that are first in the queue and need not go out.
   *
   * @returns whether there were any
   */
  answerKnown(): boolean {
    let isAnswered = false;
    for (let first = this.#waiting[0]; first?.options.shortcut; first = this.#waiting[0]) {
      const turn = first.options.shortcut.atTurn();
      if (turn && "value" in turn) {
        this.#waiting.shift();
        first.options.spared?.("remembered");
        first.resolve(turn.value);
        isAnswered = true;
      } else {
        this.#waiting[0] = turn ? sentInstead(first, turn) : asItIs(first);
        break;
      }
    }
    return isAnswered;
  }

  /** The next call, which then is out unless it is final. */
  next(): PendingCall | undefined {
    const first = this.#waiting.length === 1 ? this.#waiting.pop() : this.#waiting.shift();
    if (!first) return undefined;
    const call = first.options.join ? joinCalls(first, this.#waiting) : first;
    if (!call.options.final) this.#out = call;
    return call;
  }

  /** The call that was out: the gateway has answered it. */
  answered(): PendingCall | undefined {
    const call = this.#out;
    this.#out = undefined;
    return call;
  }

  /** Gives a call its answer. What it stood for, and this does not answer, is asked next. */
  settle(call: PendingCall, answer: unknown): void {
    if (!call.standIn) return call.resolve(answer);
    if (!call.standIn.settle(answer)) this.putBack(call.standIn);
  }

  /** What a call stood for is asked next, one by one, as it is. */
  putBack({ calls }: StandIn): void {
    this.#waiting.unshift(...calls.map(asItIs));
  }

  /** All fail. The one that is out stays out, for the gateway will answer it, but nobody hears that. */
  fail(error: unknown): void {
    const out = this.#out;
    const failed = out ? [out, ...this.#waiting] : this.#waiting;
    this.#waiting = [];
    this.#out = out && { ...out, resolve: ignore, reject: ignore, standIn: undefined };
    for (const call of failed) reject(call, error);
  }
}

/** Fails a call, which may have nobody who waits for it. */
export function reject(call: PendingCall, error: unknown): void {
  for (const each of call.standIn?.calls ?? [call]) {
    each.promise?.catch(ignore);
    each.reject(error);
  }
}

/** The call without what may keep it from being sent itself. */
function asItIs(call: PendingCall): PendingCall {
  const { join: _join, shortcut: _shortcut, ...options } = call.options;
  return { ...call, options };
}

function ignore(): void {}
