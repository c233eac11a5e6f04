// An event: one run of a handler, and its conversation with the gateway, one PDK call at a time.
import { setImmediate } from "node:timers";
import { type ErrorCode, GibbonError } from "./errors.ts";
import type { Instance } from "./instance.ts";
import type { Phase } from "./phases.ts";

/** What an event asks of the gateway next, or how it ended. */
export type Turn =
  /** The gateway is to make this call and come back with its result. */
  | { readonly kind: "call"; readonly method: string; readonly args: readonly unknown[] }
  /** The same, but the gateway will not come back: the event is over. */
  | { readonly kind: "last-call"; readonly method: string; readonly args: readonly unknown[] }
  /** The handler is done. */
  | { readonly kind: "return" };

/** Who waits for the event's next turn. */
export interface TurnTaker {
  /** Takes the turn; called at most once for each `begin`, `step` and `stepError`. */
  take(turn: Turn, eventId: number): void;
  /** Whether nobody is left to take it. */
  readonly gone: boolean;
}

/** How a PDK call is to be made. */
export interface CallOptions {
  /** The result is wanted as the bytes that were on the wire, also where they came as text. */
  readonly bytes?: boolean;
  /** The gateway ends the request here and does not answer: nothing of the handler runs on. */
  readonly final?: boolean;
  /** What to do if the gateway does not answer this call, as a sentence. */
  readonly unanswered?: string;
}

/** Makes a PDK call: resolves with the gateway's result, undefined for nil. */
export type Call = (
  method: string,
  args: readonly unknown[],
  options?: CallOptions,
) => Promise<unknown>;

/** How an event ended, for logs and metrics. */
export type EventEnd = "returned" | "exited" | "failed" | "timed-out" | "abandoned";

interface QueuedCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  promise?: Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Why an event fails while it is still the gateway's turn. */
interface Failure {
  readonly end: EventEnd;
  readonly error: unknown;
}

/** What unwinds a handler that has ended its request. Plugins see it only if they catch it. */
export class RequestEnded extends Error {
  override readonly name = "RequestEnded";
  constructor(method: string) {
    super(`the request ended with ${method}`);
  }
}

/** What an event needs of the table that it is in. */
export interface EventOwner {
  /** Calls of one event that may wait for their turn. */
  readonly queuedCalls: number;
  /** How long a failed event waits for the gateway's answer, in milliseconds. */
  readonly lateStepMs: number;
  /** The handler's part is over, well or not; called once, before `ended`. `error` is what failed it. */
  handled(event: Event, end: EventEnd, error?: unknown): void;
  /** Nothing more can come of the event; called once. */
  ended(event: Event): void;
  /** The call that stops the gateway's request, where the event's plugin guards it. */
  failureCall(event: Event): { method: string; args: readonly unknown[] } | undefined;
}

/**
 * One run of a handler. It is always somebody's turn: the gateway's, after a call went out, or the
 * event's, while a `TurnTaker` waits for what comes next.
 */
export class Event {
  readonly id: number;
  readonly instance: Instance;
  readonly phase: Phase;
  /** When it began, from `performance.now()`. */
  readonly startedAt: number;

  readonly #owner: EventOwner;
  readonly #limitMs: number;
  #expiresAt: number;
  #taker: TurnTaker | undefined;
  #sent: QueuedCall | undefined;
  #queue: QueuedCall[] = [];
  #handlerDone = false;
  #end: EventEnd | undefined;
  #failure: Failure | undefined;
  /** What calls of the plugin get from now on. */
  #closed: Error | undefined;
  #abort: AbortController | undefined;

  constructor(
    id: number,
    instance: Instance,
    phase: Phase,
    owner: EventOwner,
    clock: { readonly now: number; readonly limitMs: number },
  ) {
    this.id = id;
    this.instance = instance;
    this.phase = phase;
    this.startedAt = clock.now;
    this.#limitMs = clock.limitMs;
    this.#expiresAt = clock.now + clock.limitMs;
    this.#owner = owner;
  }

  /** How it ended; undefined while it is under way. */
  get end(): EventEnd | undefined {
    return this.#end;
  }

  /** Whether calls of the plugin are refused from now on. */
  get over(): boolean {
    return this.#closed !== undefined || this.#end !== undefined;
  }

  /** Whether the result of the call that is out is wanted as bytes. */
  get wantsBytes(): boolean {
    return this.#sent?.options.bytes === true;
  }

  /** Whether a turn is due and nobody is left to take it. */
  get forsaken(): boolean {
    return this.#taker?.gone === true;
  }

  /** Aborted when the event is over before its handler is: deadline, failure, a gateway that left. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#closed && this.#end !== "returned") this.#abort.abort(this.#closed);
    return this.#abort.signal;
  }

  /**
   * Runs the handler.
   *
   * @param gateway what the handler calls the gateway with
   * @param taker takes the first turn
   */
  begin(gateway: unknown, taker: TurnTaker): void {
    this.#taker = taker;
    let result: unknown;
    try {
      result = this.instance.run(this.phase, gateway);
    } catch (error) {
      return this.#handlerFailed(error);
    }
    if (isThenable(result)) {
      result.then(() => this.#handlerReturned(), (error) => this.#handlerFailed(error));
    } else {
      this.#handlerReturned();
    }
  }

  /**
   * Makes a PDK call for the plugin; see `Call`.
   *
   * @throws {RequestEnded} at once, if the request ends with this call or has ended with another
   */
  readonly call: Call = (method, args, options = {}) => {
    const refusal = this.#closed ?? this.#refusal(method);
    if (refusal && (options.final || refusal instanceof RequestEnded)) throw refusal;
    if (refusal) return Promise.reject(refusal);
    const call: QueuedCall = { method, args, options, resolve: ignore, reject: ignore };
    if (options.final) {
      this.#closed = new RequestEnded(method);
      this.#queue.push(call);
      this.#pump();
      throw this.#closed;
    }
    const promise = new Promise<unknown>((resolve, reject) => {
      call.resolve = resolve;
      call.reject = reject;
    });
    call.promise = promise;
    this.#queue.push(call);
    this.#pump();
    return promise;
  };

  /**
   * The gateway's result of the call that is out.
   *
   * @throws {GibbonError} STEP_UNEXPECTED if no call is out
   */
  step(value: unknown, taker: TurnTaker): void {
    this.#answered(taker).resolve(value);
    this.#goOn();
  }

  /**
   * The gateway's error for the call that is out, or the reason why the call could not go out.
   *
   * @param why the code and the remedy that the plugin gets; PDK_FAILED if left out
   * @throws {GibbonError} STEP_UNEXPECTED if no call is out
   */
  stepError(
    message: string,
    taker: TurnTaker,
    why?: { readonly code: ErrorCode; readonly remedy: string | undefined },
  ): void {
    const call = this.#answered(taker);
    const text = `${call.method}: ${message}`;
    const error = this.#error(why?.code ?? "PDK_FAILED", text, { remedy: why?.remedy });
    // A call that fails once the handler is done has nobody who could know: it fails the event.
    if (this.#handlerDone) {
      call.promise?.catch(ignore);
      call.reject(error);
      return this.#handlerFailed(error);
    }
    call.reject(error);
    this.#goOn();
  }

  /** Ends an event whose time is over. A gateway that answers late still gets the failure. */
  expire(now: number): void {
    if (this.#end !== undefined || now < this.#expiresAt) return;
    if (this.#failure) return this.#finish(this.#failure.end);
    this.#expiresAt = now + this.#owner.lateStepMs;
    this.#fail("timed-out", this.#lateness());
  }

  /** The gateway is gone: nobody takes a turn or makes one. */
  abandon(reason: string): void {
    if (this.#end !== undefined) return;
    this.#taker = undefined;
    if (!this.#failure) this.#close("abandoned", this.#error("EVENT_ENDED", reason));
    this.#finish(this.#failure?.end ?? "abandoned");
  }

  #refusal(method: string): GibbonError | undefined {
    if (this.#end !== undefined) {
      return this.#error("EVENT_ENDED", `${method} was called after the event had ended`, {
        remedy: "Await everything that uses the gateway before the handler returns.",
      });
    }
    if (this.#queue.length >= this.#owner.queuedCalls) {
      const waiting = this.#queue.length;
      return this.#error("LIMIT", `${method} was not called: ${waiting} calls already wait`, {
        remedy: "Await calls before making more of them.",
      });
    }
    return undefined;
  }

  #answered(taker: TurnTaker): QueuedCall {
    const call = this.#sent;
    if (!call) {
      throw this.#error("STEP_UNEXPECTED", `event ${this.id} has no call that waits for a step`);
    }
    this.#sent = undefined;
    this.#taker = taker;
    return call;
  }

  /** Sends the next call if it is the event's turn and there is one, or says that it is over. */
  #pump(): void {
    const taker = this.#taker;
    if (!taker) return;
    const call = this.#queue.shift();
    if (!call && !this.#handlerDone) return;
    this.#taker = undefined;
    if (call && !call.options.final) {
      this.#sent = call;
      return taker.take({ kind: "call", method: call.method, args: call.args }, this.id);
    }
    this.#finish(this.#failure?.end ?? (call ? "exited" : "returned"));
    taker.take(
      call ? { kind: "last-call", method: call.method, args: call.args } : RETURN,
      this.id,
    );
  }

  /**
   * After an answer: what waits goes out at once. If nothing waits and the handler is done, promises
   * that hang on the answer may still make calls, so the event returns a moment later.
   */
  #goOn(): void {
    if (this.#queue.length > 0 || this.#failure) this.#pump();
    else if (this.#handlerDone) setImmediate(() => this.#pump());
  }

  #handlerReturned(): void {
    if (this.#failure || this.#end !== undefined) return;
    this.#handlerDone = true;
    this.#pump();
  }

  #handlerFailed(error: unknown): void {
    if (this.#failure || this.#end !== undefined) return;
    // The request was ended on purpose: what was asked for before still goes out first.
    if (this.#closed instanceof RequestEnded) return this.#handlerReturned();
    this.#fail("failed", error);
  }

  /** The failure goes out when it is the event's turn: now, or with the gateway's answer. */
  #fail(end: EventEnd, error: unknown): void {
    this.#failure = { end, error };
    const sent = this.#sent;
    this.#close(end, error);
    const failureCall = this.#owner.failureCall(this);
    if (failureCall) {
      const { method, args } = failureCall;
      this.#queue = [{ method, args, options: { final: true }, resolve: ignore, reject: ignore }];
    }
    this.#sent = sent && { ...sent, resolve: ignore, reject: ignore };
    this.#handlerDone = true;
    this.#pump();
  }

  /** From here on the plugin's calls are refused, and those that wait fail. */
  #close(end: EventEnd, error?: unknown): void {
    if (!(this.#closed instanceof RequestEnded)) {
      this.#closed = error instanceof GibbonError
        ? error
        : this.#error("EVENT_ENDED", `the event has ended (${end})`, { cause: error });
    }
    const waiting = this.#sent ? [this.#sent, ...this.#queue] : this.#queue;
    this.#queue = [];
    for (const call of waiting) {
      call.promise?.catch(ignore);
      call.reject(this.#closed);
    }
    if (end !== "returned") this.#abort?.abort(this.#closed);
    this.#owner.handled(this, end, error);
  }

  #finish(end: EventEnd): void {
    this.#end = end;
    if (!this.#failure && end !== "abandoned") this.#owner.handled(this, end);
    if (end === "exited") this.#abort?.abort(this.#closed);
    this.#owner.ended(this);
  }

  #lateness(): GibbonError {
    const limit = `${this.#limitMs / 1000} s`;
    if (!this.#sent) {
      return this.#error("DEADLINE", `the handler took longer than the event's ${limit}`, {
        remedy: "Use kong.signal to give up in time, or give the plugin a longer deadline.",
      });
    }
    const { method, options } = this.#sent;
    return this.#error("PDK_NO_ANSWER", `no answer to ${method} within the event's ${limit}`, {
      remedy: options.unanswered ??
        "Look into the gateway's error log: a PDK function that raises is never answered.",
    });
  }

  #error(
    code: ErrorCode,
    message: string,
    details: { remedy?: string | undefined; cause?: unknown } = {},
  ): GibbonError {
    return new GibbonError(code, message, {
      plugin: this.instance.plugin.name,
      phase: this.phase,
      ...details,
    });
  }
}

const RETURN: Turn = { kind: "return" };

function ignore(): void {}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
