// The PDK's door to the gateway with somebody who watches: what gibbon dev's inspector shows of calls.
import { isGibbonError, stackOf } from "../../base/errors.ts";
import { RequestEnded, type Shortcut } from "../engine/turn.ts";
import { wasRefused } from "../engine/unheard.ts";
import { PdkCaller, type PdkEvent } from "./caller.ts";
import { PDK_FUNCTIONS, type PdkFunction, type PdkMethod } from "./functions.ts";

/**
 * Where a call's answer comes from: the gateway, the gateway with the answer to the call before it
 * since both went out as one (see header_joins.ts), what the event was told before (see event_cache.ts
 * and together.ts), or nowhere, since the call was not made.
 */
export type CallWay = "round-trip" | "joined" | "remembered" | "refused";

/** A PDK call, as the plugin makes it. */
export interface SeenCall {
  readonly method: string;
  /** As the plugin gave them. They may change later. */
  readonly args: readonly unknown[];
  /** As it seems when the call is made. The outcome may know better. */
  readonly way: CallWay;
  /** When it was made, from `performance.now()`. */
  readonly begun: number;
  /** Its stack says where in the plugin the call is. */
  readonly site: Error;
}

/**
 * How a call ended; a call that ends the request has neither. `way` is there where it was another one
 * than it seemed at first.
 */
export type CallOutcome =
  | { readonly result: unknown; readonly way?: CallWay }
  | { readonly error: unknown }
  | undefined;

/** Sees the calls of one event. */
export interface PdkObserver {
  /**
   * A call was made.
   *
   * @returns takes its outcome, if there ever is one
   */
  called(call: SeenCall): (outcome: CallOutcome) => void;
  /** Whether each call goes out under its own name, since it matters what is asked. */
  readonly asksEach?: boolean;
}

/**
 * Makes the calls of one event as `PdkCaller` does, and tells of each. A rejection that nobody handles
 * stays one: it fails the event here as it does where nobody watches.
 */
export class ObservedCaller extends PdkCaller {
  readonly #observer: PdkObserver;
  readonly #seen: WatchedEvent;
  /** Whether a call is being made: what it does in turn is not another one. */
  #isCalling = false;

  constructor(event: PdkEvent, observer: PdkObserver) {
    const seen = new WatchedEvent(event, observer.asksEach === true);
    super(seen);
    this.#seen = seen;
    this.#observer = observer;
  }

  override call<Result>(method: PdkMethod, args: unknown[] = []): Promise<Result> {
    return this.#watch(method, args, () => super.call<Result>(method, args));
  }

  override read<Result>(
    method: PdkMethod,
    args: unknown[],
    form: (value: unknown) => Result | Promise<Result>,
  ): Promise<Result> {
    const result = this.#watch(method, args, () => super.read(method, args, form));
    if (!wasRefused(result)) result.catch(() => {});
    return result;
  }

  override end(method: PdkMethod, args: unknown[]): never {
    this.#watch(method, args, () => super.end(method, args));
    throw new RequestEnded(method);
  }

  override make(
    method: string,
    fn: PdkFunction,
    args: unknown[],
    shortcut?: Shortcut,
  ): Promise<unknown> {
    return this.#watch(method, args, () => super.make(method, fn, args, shortcut));
  }

  #watch<Result>(
    method: string,
    args: readonly unknown[],
    make: () => Promise<Result>,
  ): Promise<Result> {
    if (this.#isCalling) return make();
    // The caller may replace them by what it sends.
    const given = args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
    const call = { method, args: given, begun: performance.now(), site: new Error() };
    const told = (way: CallWay) => this.#observer.called({ ...call, way });
    this.#isCalling = true;
    this.#seen.begin();
    let result: Promise<Result>;
    try {
      result = make();
    } catch (error) {
      if (error instanceof RequestEnded) told(this.#wayOf(method))(undefined);
      else told("refused")({ error });
      throw error;
    } finally {
      this.#isCalling = false;
    }
    if (wasRefused(result)) {
      told("refused")({ error: this.#seen.refusal });
      return result;
    }
    const ended = told(this.#wayOf(method));
    const { went } = this.#seen;
    const watched: Promise<Result> = result.then((value) => {
      ended({ result: value, ...(went.way && { way: went.way }) });
      return value;
    }, (error) => {
      showSite(error, call.site);
      ended({ error });
      // As where nobody watches: who does not await a call is not told that its event is over.
      if (this.#seen.over) watched.catch(() => {});
      throw error;
    });
    return watched;
  }

  #wayOf(method: string): CallWay {
    if (this.#seen.sent > 0) return "round-trip";
    const fn = Object.hasOwn(PDK_FUNCTIONS, method)
      ? PDK_FUNCTIONS[method as PdkMethod]
      : undefined;
    // It goes out once it is known that Kong will answer it.
    const waits = this.#seen.phase === "log" && fn?.inLogIf !== undefined;
    return waits ? "round-trip" : "remembered";
  }
}

/** Errors whose stack says already where the call is. */
const shown = new WeakSet<Error>();

/** The stack of an error that came from the gateway begins with the answer: the call is put behind it. */
function showSite(error: unknown, site: Error): void {
  if (!isGibbonError(error) || shown.has(error)) return;
  shown.add(error);
  const frames = stackOf(site).split("\n").filter((line) => /^\s*at /.test(line));
  error.stack = [stackOf(error), ...frames].join("\n");
}

/** An event that counts what is sent to the gateway. */
class WatchedEvent implements PdkEvent {
  /** Calls that were sent since `begin`. */
  sent = 0;
  /** How the call that was sent since `begin` went otherwise than it seemed. */
  went: { way?: CallWay } = {};
  /** Why a call was refused since `begin`. */
  refusal: Error | undefined;
  readonly asksEach: boolean;
  readonly #event: PdkEvent;

  constructor(event: PdkEvent, asksEach: boolean) {
    this.#event = event;
    this.asksEach = asksEach;
  }

  begin(): void {
    this.sent = 0;
    this.went = {};
    this.refusal = undefined;
  }

  readonly call: PdkEvent["call"] = (method, args, options) => {
    this.sent++;
    const { went } = this;
    const spared = (way: CallWay) => void (went.way = way);
    return this.#event.call(method, args, { ...options, spared });
  };

  refuse(error: Error): Promise<never> {
    this.refusal = error;
    return this.#event.refuse(error);
  }

  get phase() {
    return this.#event.phase;
  }

  get signal() {
    return this.#event.signal;
  }

  get instance() {
    return this.#event.instance;
  }

  get texts() {
    return this.#event.texts;
  }

  get over(): boolean {
    return this.#event.over === true;
  }
}
