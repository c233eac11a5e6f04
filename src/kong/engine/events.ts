// The table of events under way: begins them, finds them by id, ends those whose time is over.
import { GibbonError, isGibbonError, messageOf, stackOf } from "../../base/errors.ts";
import { Event, type EventOwner } from "./event.ts";
import type { EventEnd, TurnTaker } from "./turn.ts";
import type { IdSource } from "./ids.ts";
import type { Instance } from "./instance.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "../../base/log.ts";
import { logProblem } from "../../base/problems.ts";
import { blameOthers } from "../../runtime/shared/builtins/damage.ts";
import type { EventTracer } from "./event_tracer.ts";
import type { EventMeter } from "./meter.ts";
import { isGuarding, type Phase } from "./phases.ts";
import type { EventRecorder } from "./recorder.ts";

/** What the table needs. */
export interface EventsOptions {
  readonly limits: Limits;
  readonly log: Logger;
  readonly ids: IdSource;
  /** Makes what a handler calls the gateway with. */
  readonly gatewayFor: (event: Event, taker: TurnTaker) => unknown;
  /** The call that stops a request with the gateway's own answer to a broken plugin. */
  readonly failureCall: { readonly method: string; readonly args: readonly unknown[] };
  /** How long the gateway waits for an answer, in milliseconds. */
  readonly gatewayPatienceMs: number;
  /** Writes down who runs. */
  readonly recorder?: EventRecorder;
  /** Counts what events do. */
  readonly meter?: EventMeter | undefined;
  /** Runs handlers within spans. */
  readonly tracer?: EventTracer | undefined;
  /** Sees events that end otherwise than they should. */
  readonly failed?: (event: Event, end: EventEnd, error: unknown) => void;
  /** Runs a handler so that what it leaves behind can be traced to its event. */
  readonly attribute?: (event: Event, run: () => void) => void;
}

/** How often the deadlines are looked at, in milliseconds: events end at most this much late. */
const SWEEP_MS = 100;

/** The events of one server. */
export class Events implements EventOwner {
  readonly queuedCalls: number;
  readonly lateStepMs: number;
  readonly recorder: EventRecorder | undefined;
  readonly meter: EventMeter | undefined;
  readonly tracer: EventTracer | undefined;
  readonly #options: EventsOptions;
  readonly #table = new Map<number, Event>();
  /** Those that have failed, and wait for a gateway that may not come any more. */
  readonly #failed = new Set<Event>();
  /** Runs while there are events, and no longer. */
  #timer: ReturnType<typeof setInterval> | undefined;
  #idle: (() => void)[] = [];
  #begun = 0;

  constructor(options: EventsOptions) {
    this.#options = options;
    this.queuedCalls = options.limits.queuedCalls;
    this.lateStepMs = options.gatewayPatienceMs;
    this.recorder = options.recorder;
    this.meter = options.meter;
    this.tracer = options.tracer;
  }

  /** How many have begun so far. */
  get begun(): number {
    return this.#begun;
  }

  get size(): number {
    return this.#table.size;
  }

  /** PDK calls of all events that wait for their turn. */
  get waitingCalls(): number {
    let waiting = 0;
    for (const event of this.#table.values()) waiting += event.waitingCalls;
    return waiting;
  }

  /** Events that count: failed ones keep nobody out, as long as there are not too many of these. */
  get #underWay(): number {
    return this.#table.size - Math.min(this.#failed.size, this.#options.limits.events);
  }

  /**
   * Begins an event, whose first turn `taker` gets, perhaps before this returns.
   *
   * @throws {GibbonError} PHASE_UNSUPPORTED, LIMIT
   */
  begin(instance: Instance, phase: Phase, taker: TurnTaker): Event {
    const { limits, gatewayFor, attribute } = this.#options;
    const { plugin } = instance;
    if (!plugin.handlers.has(phase)) {
      throw new GibbonError("PHASE_UNSUPPORTED", `Plugin ${plugin.name} has no handler ${phase}`, {
        plugin: plugin.name,
        phase,
        file: plugin.file,
      });
    }
    if (this.#underWay >= limits.events) {
      throw new GibbonError("LIMIT", `${limits.events} events are under way already`, {
        plugin: plugin.name,
        phase,
        remedy: "Raise --max-events, or find out what the plugins wait for.",
      });
    }
    const clock = { now: performance.now(), limitMs: plugin.deadline ?? limits.eventMs };
    const id = this.#options.ids((taken) => this.#table.has(taken));
    const event = new Event(id, instance, phase, this, clock);
    this.#table.set(event.id, event);
    this.#timer ??= setInterval(() => this.#expire(), SWEEP_MS);
    instance.enter(Date.now());
    this.#begun++;
    this.recorder?.began(event);
    if (attribute) attribute(event, () => event.begin(gatewayFor(event, taker), taker));
    else event.begin(gatewayFor(event, taker), taker);
    return event;
  }

  /** Whether there is an event; `id` is as the gateway says it: anything. */
  has(id: unknown): boolean {
    return typeof id === "number" && this.#table.has(id);
  }

  /**
   * @param id as the gateway says it: anything
   * @throws {GibbonError} NO_EVENT
   */
  get(id: unknown): Event {
    const event = typeof id === "number" ? this.#table.get(id) : undefined;
    if (event) return event;
    const shown = typeof id === "number" ? id : `(${id === undefined ? "no id" : typeof id})`;
    throw new GibbonError("NO_EVENT", `There is no event ${shown}: it never began or is over`, {
      remedy: "Look for an earlier entry in the log: a deadline, or a process that ended.",
    });
  }

  /** Ends the events whose turn nobody is left to take. */
  dropForsaken(reason: string): void {
    for (const event of [...this.#table.values()]) {
      if (event.forsaken) event.abandon(reason);
    }
  }

  /** Settles when no event is under way. */
  idle(): Promise<void> {
    if (this.#table.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends all events at once. */
  close(reason: string): void {
    for (const event of [...this.#table.values()]) event.abandon(reason);
    this.#expire();
  }

  /** @internal Part of `EventOwner`. */
  failureCall(event: Event): { method: string; args: readonly unknown[] } | undefined {
    const { onError } = event.instance.plugin;
    return onError === "fail" && isGuarding(event.phase) ? this.#options.failureCall : undefined;
  }

  /** @internal Part of `EventOwner`: every event that fails is logged once. */
  handled(event: Event, end: EventEnd, error?: unknown): void {
    this.meter?.handled(event, end, performance.now() - event.startedAt);
    if (end === "returned" || end === "exited") return;
    if (event.end === undefined) this.#failed.add(event);
    this.#options.failed?.(event, end, error);
    const { plugin, id, scope } = event.instance;
    const fields = {
      plugin: plugin.name,
      phase: event.phase,
      instance: id,
      scope,
      request: event.requestId,
      code: isGibbonError(error) ? error.code : undefined,
      remedy: isGibbonError(error) ? error.remedy : undefined,
      stack: end === "abandoned" ? undefined : stackOf(error),
    };
    if (end === "abandoned") {
      const reason = messageOf(error);
      return this.#options.log.info("the gateway left an event", { ...fields, reason });
    }
    const stopped = this.failureCall(event) ? "the request is stopped" : "the request goes on";
    this.#options.log.error(`an event ${end}; ${stopped}`, fields);
  }

  /** @internal Part of `EventOwner`. */
  damaged({ instance, phase }: Event, error: GibbonError): void {
    const where = { plugin: instance.plugin.name, phase, instance: instance.id };
    logProblem(this.#options.log, error, where);
  }

  /** @internal Part of `EventOwner`. */
  ended(event: Event): void {
    this.#table.delete(event.id);
    this.#failed.delete(event);
    this.recorder?.ended(event);
    event.instance.leave(Date.now());
    if (this.#table.size > 0 || this.#idle.length === 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #expire(): void {
    blameOthers();
    if (this.#table.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    for (const event of [...this.#table.values()]) event.expire(now);
  }
}
