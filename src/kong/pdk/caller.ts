// The one door from the PDK to the gateway: checks a call, then hands it to the event.
import { GibbonError } from "../../base/errors.ts";
import type { Phase } from "../engine/phases.ts";
import { wasRefused } from "../engine/unheard.ts";
import { type Call, type PdkCallOptions, RequestEnded, type Shortcut } from "../engine/turn.ts";
import { ASKED_ONCE, CHANGES, copyOf, EventCache, type Holds } from "./event_cache.ts";
import { PDK_FUNCTIONS, type PdkFunction, type PdkMethod } from "./functions.ts";
import type { ForeignTexts } from "../../wire/foreign_texts.ts";
import { withForeignBytes } from "./byte_arguments.ts";
import { mayBeNoted, notesAbout } from "./notes.ts";
import { argumentList } from "./params.ts";
import { canBeAskedTogether } from "./together.ts";
import { isNil } from "./values.ts";

/** What the PDK needs of an event. */
export interface PdkEvent {
  readonly call: Call;
  readonly phase: Phase;
  readonly signal: AbortSignal;
  readonly instance: {
    readonly plugin: { readonly name: string; readonly cache?: boolean | undefined };
  };
  /** Refuses a call; see `Event.refuse`. */
  refuse(error: Error): Promise<never>;
  /** Whether calls are refused because the event is over or about to be. */
  readonly over?: boolean;
  /** Whether each call is to go out under its own name, and none is answered from another's answer. */
  readonly asksEach?: boolean | undefined;
  /** Counts a call that is about to be made, where calls are counted. */
  counts?(method: string): void;
  /** The gateway's texts that are not UTF-8. */
  readonly texts?: ForeignTexts | undefined;
}

/** Makes the PDK calls of one event. */
export class PdkCaller {
  readonly #event: PdkEvent;
  #cache: EventCache | undefined;
  /** What Kong's context has in log, by its key. */
  #inLog: Map<string, Promise<unknown>> | undefined;

  constructor(event: PdkEvent) {
    this.#event = event;
  }

  /**
   * Makes a call, unless it is known that Kong would not answer it: then it sends nothing. What the
   * event was told before, and still holds, is not asked again: see event_cache.ts.
   *
   * @param args the arguments, in an array that is the call's to keep
   * @returns the gateway's result, as it came; `Result` is what Kong promises
   * @throws {GibbonError} PDK_PHASE, PDK_ARGUMENT; or what the event says. A call that ends the
   * request throws at once, all others reject.
   */
  call<Result>(method: PdkMethod, args: unknown[] = []): Promise<Result> {
    return this.#ask(method, args) as Promise<Result>;
  }

  /**
   * Makes a call and gives its result another form. A failure that nobody waits for is nobody's:
   * who does not await a getter has no use for its result. A call that is refused is wrong all the
   * same, and fails the event.
   */
  read<Result>(
    method: PdkMethod,
    args: unknown[],
    form: (value: unknown) => Result | Promise<Result>,
  ): Promise<Result> {
    const result = this.#ask(method, args, form) as Promise<Result>;
    if (!wasRefused(result)) result.catch(() => {});
    return result;
  }

  /** Makes a call that ends the request: nothing of the handler runs on. */
  end(method: PdkMethod, args: unknown[]): never {
    this.make(method, PDK_FUNCTIONS[method], args).catch(() => {});
    throw new RequestEnded(method);
  }

  /** The same as `call`, for any function. */
  make(
    method: string,
    fn: PdkFunction,
    args: unknown[],
    shortcut?: Shortcut,
  ): Promise<unknown> {
    this.#event.counts?.(method);
    const sent = this.#prepare(method, fn, args);
    if (!(sent instanceof GibbonError)) {
      const needed = this.#event.phase === "log" ? fn.inLogIf : undefined;
      return needed
        ? this.#callIfKnown(needed, method, sent, fn)
        : this.#event.call(method, sent, shortcut ? { shortcut } : this.#optionsOf(fn));
    }
    const refused = this.#event.refuse(sent);
    if (!fn.options?.final) return refused;
    refused.catch(() => {});
    throw sent;
  }

  #optionsOf({ join, options }: PdkFunction): PdkCallOptions | undefined {
    const asksEach = this.#event.asksEach || this.#event.instance.plugin.cache === false;
    return join && !asksEach ? { join } : options;
  }

  /** Asks the gateway, or the event's own cache. A kept table is each caller's own copy. */
  #ask(
    method: PdkMethod,
    args: unknown[],
    form?: (value: unknown) => unknown,
  ): Promise<unknown> {
    const holds = ASKED_ONCE[method];
    const fn = PDK_FUNCTIONS[method];
    if (holds === undefined || this.#event.instance.plugin.cache === false || this.#event.over) {
      const changed = CHANGES[method];
      if (changed !== undefined) this.#cache?.forget(changed);
      const result = this.make(method, fn, args);
      return form && !wasRefused(result) ? result.then(form) : result;
    }
    const cache = this.#cache ??= new EventCache();
    let answer = cache.find(method, args[0]);
    if (answer) {
      this.#event.counts?.(method);
    } else {
      answer = this.#askAnew(method, fn, args, holds, cache);
      if (wasRefused(answer)) return answer;
      if (form) answer = answer.then(form);
      cache.keep(method, args[0], holds, answer);
    }
    return form ? answer.then(copyOf) : answer;
  }

  /** Asks what the event has not been told. */
  #askAnew(
    method: PdkMethod,
    fn: PdkFunction,
    args: unknown[],
    holds: Holds,
    cache: EventCache,
  ): Promise<unknown> {
    const { instance, phase, asksEach } = this.#event;
    if (asksEach) return this.make(method, fn, args);
    if (canBeAskedTogether(method, phase)) {
      const way = cache.ask(method, args[0], holds, { notes: notesAbout(instance), phase });
      if (way && "value" in way) return this.#known(method, way.value);
      return this.make(method, fn, args, way);
    }
    if (!mayBeNoted(method)) return this.make(method, fn, args);
    const notes = notesAbout(instance);
    const noted = notes.find(method, phase);
    if (noted !== undefined) return this.#known(method, noted);
    const answer = this.make(method, fn, args);
    if (!wasRefused(answer)) notes.keep(method, answer);
    return answer;
  }

  /** Answers a call that need not be sent. */
  #known(method: PdkMethod, value: unknown): Promise<unknown> {
    this.#event.counts?.(method);
    return Promise.resolve(value);
  }

  /** Makes a call which Kong answers only if its context has something. */
  async #callIfKnown(
    key: string,
    method: string,
    args: unknown[],
    { options }: PdkFunction,
  ): Promise<unknown> {
    const known = this.#inLog ??= new Map();
    const asked = known.get(key) ?? this.#event.call("kong.nginx.get_ctx", [key]);
    known.set(key, asked);
    if (isNil(await asked)) return await this.#event.refuse(this.#notBuffered(method, options));
    return await this.#event.call(method, args, options);
  }

  #notBuffered(method: string, options: PdkFunction["options"]): GibbonError {
    const message = `${method} cannot be called in log: the response was not buffered`;
    return new GibbonError("PDK_PHASE", message, { ...this.#where, remedy: options?.unanswered });
  }

  #prepare(method: string, fn: PdkFunction, given: unknown[]): unknown[] | GibbonError {
    const { phase } = this.#event;
    if (!fn.phases.includes(phase)) return this.#wrongPhase(method, fn.phases);
    const args = argumentList(fn.params, fn.convert ? fn.convert(given) : given);
    const problem = typeof args === "string" ? args : fn.problem?.(args, phase);
    if (problem !== undefined) return this.#wrongArgument(method, problem);
    return withForeignBytes(method, args as unknown[], this.#event.texts);
  }

  #wrongPhase(method: string, phases: readonly Phase[]): GibbonError {
    const early = this.#event.phase === "log" && method.includes(".get_");
    return new GibbonError("PDK_PHASE", `${method} cannot be called in ${this.#event.phase}`, {
      ...this.#where,
      remedy: early
        ? `Call it in ${list(phases)} and keep the result in kong.ctx.shared.`
        : `Call it in ${list(phases)}.`,
    });
  }

  #wrongArgument(method: string, problem: string): GibbonError {
    return new GibbonError("PDK_ARGUMENT", `${method}: ${problem}`, {
      ...this.#where,
      remedy: "Nothing was sent. What arguments may be is in docs/authors/plugins.md#arguments.",
    });
  }

  get #where() {
    return { plugin: this.#event.instance.plugin.name, phase: this.#event.phase };
  }
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
