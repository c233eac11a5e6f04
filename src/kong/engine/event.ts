// An event: one run of a handler, and its conversation with the gateway, one PDK call at a time.
import { setImmediate } from "node:timers";
import { Calls, reject } from "./calls.ts";
import type { PendingCall } from "./stand_in.ts";
import { type ErrorCode, type GibbonError, isGibbonError } from "../../base/errors.ts";
import type { EventTracer } from "./event_tracer.ts";
import { calledLate, calledTooOften, eventError, tookTooLong } from "./event_error.ts";
import { blameOthers, patchedBy } from "../../runtime/shared/builtins/damage.ts";
import type { Instance } from "./instance.ts";
import type { EventMeter } from "./meter.ts";
import type { Phase } from "./phases.ts";
import type { EventRecorder } from "./recorder.ts";
import { ForeignTexts } from "../../wire/foreign_texts.ts";
import { failsUnlessHeard, refuse } from "./unheard.ts";
import {
  type EventEnd,
  type PdkCallOptions,
  RequestEnded,
  type Turn,
  type TurnTaker,
} from "./turn.ts";

/** Why an event fails while it is still the gateway's turn. */
interface Failure {
  readonly end: EventEnd;
  readonly error: unknown;
}

/** What an event needs of the table that it is in. */
export interface EventOwner {
  /** Calls of one event that may wait for their turn. */
  readonly queuedCalls: number;
  /** How long a failed event waits for the gateway's answer, in milliseconds. */
  readonly lateStepMs: number;
  /** Writes down who runs, where somebody wants to know. */
  readonly recorder: EventRecorder | undefined;
  /** Counts what is done, where somebody wants to know. */
  readonly meter?: EventMeter | undefined;
  /** Runs handlers within spans, where they are traced. */
  readonly tracer?: EventTracer | undefined;
  /** The handler's part is over, well or not; called once, before `ended`. `error` is what failed it. */
  handled(event: Event, end: EventEnd, error?: unknown): void;
  /** Nothing more can come of the event; called once. */
  ended(event: Event): void;
  /** The event has done harm to others. It fails, unless it is over already. */
  damaged(event: Event, error: GibbonError): void;
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
  /** The gateway's number of the request, if the plugin has asked for it. For logs. */
  requestId: string | undefined;
  /** @internal Where the owner's recorder has written it down. */
  place = -1;

  readonly #owner: EventOwner;
  readonly #limitMs: number;
  readonly #calls = new Calls();
  #expiresAt: number;
  /** When the call that is out was sent, where that is counted. */
  #sentAt = 0;
  #taker: TurnTaker | undefined;
  #handlerDone = false;
  /** Whether calls wait for the code that runs to be done, since more may join them. */
  #pumpsSoon = false;
  #roundTrips = 0;
  /** Failed calls of which it is not known yet whether the plugin hears. */
  #undecided = 0;
  #end: EventEnd | undefined;
  #failure: Failure | undefined;
  /** What calls of the plugin get from now on. */
  #closed: Error | undefined;
  #abort: AbortController | undefined;
  #texts: ForeignTexts | undefined;

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

  /** How many of its calls wait for their turn. */
  get waitingCalls(): number {
    return this.#calls.waiting;
  }

  /** A call of the plugin, whether the gateway has to be asked or not. */
  counts(method: string): void {
    this.#owner.meter?.called(this, method);
  }

  /** How it ended; undefined while it is under way. */
  get end(): EventEnd | undefined {
    return this.#end;
  }

  /** Whether calls of the plugin are refused from now on. */
  get over(): boolean {
    return this.#closed !== undefined || this.#end !== undefined;
  }

  /** How many calls the gateway was asked to answer so far. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Whether the result of the call that is out is wanted as bytes. */
  get wantsBytes(): boolean {
    return this.#calls.out?.options.bytes === true;
  }

  /** Whether the result of the call that is out is a text with whatever bytes inside. */
  get takesDocument(): boolean {
    return this.#calls.out?.options.document === true;
  }

  /** Remembers the gateway's texts that are not UTF-8, while the event lasts. */
  get texts(): ForeignTexts {
    return this.#texts ??= new ForeignTexts();
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
    // As closely as it is looked afterwards: what others have done is not this plugin's.
    blameOthers(this.instance.isOnTrial);
    try {
      const { tracer } = this.#owner;
      const result = tracer
        ? tracer.run(this, () => this.instance.run(this.phase, gateway))
        : this.instance.run(this.phase, gateway);
      if (this.#isDamaged()) return;
      if (!isThenable(result)) return this.#handlerReturned();
      result.then(() => this.#handlerReturned(), (error) => this.#handlerFailed(error));
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /**
   * Makes a PDK call for the plugin: resolves with the gateway's result, undefined for nil. One that is
   * refused fails the event, see `refuse`.
   *
   * @throws {RequestEnded} at once, if the request ends with this call or has ended with another
   */
  call(
    method: string,
    args: readonly unknown[],
    options: PdkCallOptions = NO_OPTIONS,
  ): Promise<unknown> {
    this.#isDamaged();
    const refusal = this.#closed ?? this.#refusal(method);
    if (refusal && (options.final || refusal instanceof RequestEnded)) throw refusal;
    if (refusal) return this.refuse(refusal);
    if (options.final) {
      this.#closed = new RequestEnded(method);
      this.#calls.addLast(method, args);
      this.#pump();
      throw this.#closed;
    }
    const promise = this.#calls.add(method, args, options);
    if (options.join) this.#pumpSoon();
    else this.#pump();
    return promise;
  }

  /**
   * Refuses a call of the plugin before anything is sent. In Kong such a call raises an error, which
   * ends the handler there; here it fails the event if nobody handles the promise until the microtasks
   * are done. Nothing more is sent until that is known.
   *
   * @throws {RequestEnded} if the request has ended: what comes then is as if it were never called
   */
  refuse(error: Error): Promise<never> {
    if (this.#closed instanceof RequestEnded) throw this.#closed;
    this.#decide();
    return refuse(error, this);
  }

  /** @internal A call failed, and nobody handles it; see unheard.ts. */
  unheard(error: unknown): boolean {
    if (!this.#failure && this.#end === undefined) this.#fail("failed", error);
    return this.#failure !== undefined;
  }

  /**
   * The gateway's result of the call that is out.
   *
   * @throws {GibbonError} STEP_UNEXPECTED if no call is out
   */
  step(value: unknown, taker: TurnTaker): void {
    this.#blameOthersClosely();
    const call = this.#answered(taker);
    if (typeof value === "string" && isRequestId(call)) this.requestId = value.slice(0, 128);
    this.#calls.settle(call, value);
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
    this.#blameOthersClosely();
    const call = this.#answered(taker);
    if (call.standIn) {
      // Whose fault it is, and of what kind, shows when they are asked one by one.
      this.#calls.putBack(call.standIn);
      return this.#pump();
    }
    const text = `${call.method}: ${message}`;
    const error = eventError(this, why?.code ?? "PDK_FAILED", text, { remedy: why?.remedy });
    // A call that fails once the handler is done has nobody who could know: it fails the event.
    if (this.#handlerDone) {
      reject(call, error);
      // The failure of an event that has failed before waited for this answer.
      return this.#failure ? this.#pump() : this.#handlerFailed(error);
    }
    failsUnlessHeard(error, this);
    this.#decide();
    call.reject(error);
    this.#goOn();
  }

  /** Ends an event whose time is over. A gateway that answers late still gets the failure. */
  expire(now: number): void {
    if (this.#end !== undefined || now < this.#expiresAt) return;
    if (this.#failure) return this.#finish(this.#failure.end);
    this.#fail("timed-out", tookTooLong(this, this.#limitMs, this.#calls.out), now);
  }

  /** The gateway is gone: nobody takes a turn or makes one. */
  abandon(reason: string): void {
    if (this.#end !== undefined) return;
    this.#taker = undefined;
    if (!this.#failure) this.#close("abandoned", eventError(this, "EVENT_ENDED", reason));
    this.#finish(this.#failure?.end ?? "abandoned");
  }

  /** Whoever hands a step over has had a glance already. */
  #blameOthersClosely(): void {
    if (this.instance.isOnTrial) blameOthers(true);
  }

  #refusal(method: string): GibbonError | undefined {
    if (this.#end !== undefined) return calledLate(this, method);
    const { waiting } = this.#calls;
    return waiting >= this.#owner.queuedCalls ? calledTooOften(this, method, waiting) : undefined;
  }

  #answered(taker: TurnTaker): PendingCall {
    const call = this.#calls.answered();
    if (!call) {
      const message = `event ${this.id} has no call that waits for a step`;
      throw eventError(this, "STEP_UNEXPECTED", message);
    }
    this.#taker = taker;
    this.#owner.recorder?.runs(this);
    this.#owner.meter?.answered(this, call.method, performance.now() - this.#sentAt);
    return call;
  }

  /** Sends the next call if it is the event's turn and there is one, or says that it is over. */
  #pump(): void {
    const taker = this.#taker;
    if (!taker || this.#undecided > 0) return;
    const isKnown = this.#calls.answerKnown();
    const call = this.#calls.next();
    if (!call && (isKnown || !this.#handlerDone)) return isKnown ? this.#goOn() : undefined;
    this.#taker = undefined;
    if (call && !call.options.final) {
      this.#roundTrips++;
      this.#owner.recorder?.waits(this);
      if (this.#owner.meter) this.#sentAt = performance.now();
      return taker.take({ kind: "call", method: call.method, args: call.args }, this.id);
    }
    this.#finish(this.#failure?.end ?? (call ? "exited" : "returned"));
    taker.take(
      call ? { kind: "last-call", method: call.method, args: call.args } : RETURN,
      this.id,
    );
  }

  /** Sends what waits once the code that runs is done: what it sets besides goes out with it. */
  #pumpSoon(): void {
    if (this.#pumpsSoon || !this.#taker) return;
    this.#pumpsSoon = true;
    queueMicrotask(() => {
      this.#pumpsSoon = false;
      // What has been called in vain since is no reason to end the event early.
      if (this.#calls.waiting > 0) this.#pump();
    });
  }

  /** Sends nothing until the runtime has told of rejections that nobody handles. */
  #decide(): void {
    this.#undecided++;
    setImmediate(() => {
      this.#undecided--;
      this.#pump();
    });
  }

  /**
   * After an answer: what waits goes out at once. If nothing waits and the handler is done, promises
   * that hang on the answer may still make calls, so the event returns a moment later.
   */
  #goOn(): void {
    if (this.#calls.waiting > 0 || this.#failure) this.#pump();
    else if (this.#handlerDone) setImmediate(() => this.#pump());
  }

  #handlerReturned(): void {
    if (this.#isDamaged()) return;
    if (this.#failure || this.#end !== undefined) return;
    this.#handlerDone = true;
    this.#pump();
  }

  #handlerFailed(error: unknown): void {
    if (this.#isDamaged()) return;
    if (this.#failure || this.#end !== undefined) return;
    // The request was ended on purpose: what was asked for before still goes out first.
    if (this.#closed instanceof RequestEnded) return this.#handlerReturned();
    this.#fail("failed", error);
  }

  /** Whether the handler has changed what all plugins share. That fails its event. */
  #isDamaged(): boolean {
    const { instance: { plugin }, phase } = this;
    const closely = this.instance.isOnTrial;
    const error = patchedBy(plugin.name, { phase, file: plugin.file }, closely);
    if (!error) return false;
    this.#owner.damaged(this, error);
    if (!this.#failure && this.#end === undefined) this.#fail("failed", error);
    return true;
  }

  /** The failure goes out when it is the event's turn: now, or with the gateway's answer. */
  #fail(end: EventEnd, error: unknown, now = performance.now()): void {
    // What was called before the failure goes out, as far as it is the event's turn.
    if (this.#pumpsSoon && this.#calls.waiting > 0) this.#pump();
    this.#failure = { end, error };
    // However little of its time was left: the gateway may take its own for the answer that is due.
    this.#expiresAt = now + this.#owner.lateStepMs;
    this.#close(end, error);
    const failureCall = this.#owner.failureCall(this);
    if (failureCall) this.#calls.addLast(failureCall.method, failureCall.args);
    this.#handlerDone = true;
    this.#pump();
  }

  /** From here on the plugin's calls are refused, and those that wait fail. */
  #close(end: EventEnd, error?: unknown): void {
    if (!(this.#closed instanceof RequestEnded)) {
      this.#closed = isGibbonError(error)
        ? error
        : eventError(this, "EVENT_ENDED", `the event has ended (${end})`, { cause: error });
    }
    this.#calls.fail(this.#closed);
    if (end !== "returned") this.#abort?.abort(this.#closed);
    this.#owner.handled(this, end, error);
  }

  #finish(end: EventEnd): void {
    this.#end = end;
    if (!this.#failure && end !== "abandoned") this.#owner.handled(this, end);
    if (end === "exited") this.#abort?.abort(this.#closed);
    this.#owner.ended(this);
  }
}

/** The calls that Kong answers with its request id, and what they ask for. */
const REQUEST_ID_CALLS: ReadonlyMap<string, string> = new Map([
  ["kong.nginx.get_var", "request_id"],
  ["kong.request.get_header", "x-kong-request-id"],
  ["kong.response.get_header", "x-kong-request-id"],
]);

function isRequestId({ method, args }: PendingCall): boolean {
  const asked = REQUEST_ID_CALLS.get(method);
  const [name] = args;
  return asked !== undefined && typeof name === "string" && name.length === asked.length &&
    name.toLowerCase() === asked;
}

const RETURN: Turn = { kind: "return" };
const NO_OPTIONS: PdkCallOptions = {};

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
