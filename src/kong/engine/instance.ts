// An instance: a plugin with one configuration, from its start to its last event.
import type { Logger } from "../../base/log.ts";
import { endState } from "./initialise.ts";
import type { Phase } from "./phases.ts";
import type { Plugin } from "./plugin.ts";

/** What a gateway and an operator may know of an instance. */
export interface InstanceStatus {
  readonly name: string;
  readonly id: number;
  /** The configuration as the gateway sent it. */
  readonly config: unknown;
  /** Unix seconds. */
  readonly startedAt: number;
}

/** See `isOnTrial`. */
const FIRST_EVENTS = 10;
const NOW_AND_THEN = 1024;

/** A plugin with one configuration. `run` may be called until `close` is. */
export class Instance {
  readonly id: number;
  readonly plugin: Plugin;
  /** What the gateway calls the plugin's place of use: a plugin id, a route. For logs. */
  readonly scope: string | undefined;
  readonly startedAt: number;
  /** When an event began or ended last, in Unix milliseconds. */
  lastUsedMs: number;

  readonly #raw: unknown;
  readonly #config: unknown;
  readonly #state: unknown;
  #running = 0;
  /** Events that have begun. */
  #begun = 0;
  #closed = false;
  #stopped: Promise<void> | undefined;
  readonly #log: Logger;

  constructor(parts: {
    readonly id: number;
    readonly plugin: Plugin;
    readonly raw: unknown;
    readonly config: unknown;
    readonly state: unknown;
    readonly scope: string | undefined;
    readonly nowMs: number;
    readonly log: Logger;
  }) {
    this.id = parts.id;
    this.plugin = parts.plugin;
    this.scope = parts.scope;
    this.startedAt = parts.nowMs / 1000;
    this.lastUsedMs = parts.nowMs;
    this.#raw = parts.raw;
    this.#config = parts.config;
    this.#state = parts.state;
    this.#log = parts.log;
  }

  get status(): InstanceStatus {
    return {
      name: this.plugin.name,
      id: this.id,
      config: this.#raw,
      startedAt: this.startedAt,
    };
  }

  /** Whether events are under way. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /**
   * Whether its events are looked at closely: the first ones, which show what a plugin is like, and
   * one now and then.
   */
  get isOnTrial(): boolean {
    return this.#begun <= FIRST_EVENTS || this.#begun % NOW_AND_THEN === 0;
  }

  /** Runs the handler of a phase that the plugin has. */
  run(phase: Phase, gateway: unknown): unknown {
    const handler = this.plugin.handlers.get(phase);
    return handler?.(gateway as never, this.#config as never, this.#state as never);
  }

  /** An event begins. */
  enter(nowMs: number): void {
    this.#running++;
    this.#begun++;
    this.lastUsedMs = nowMs;
  }

  /** An event is over. */
  leave(nowMs: number): void {
    this.#running--;
    this.lastUsedMs = nowMs;
    if (this.#closed && this.#running === 0) this.#stop();
  }

  /** Ends the instance once its last event is over; the plugin's errors are logged, not thrown. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running === 0) this.#stop();
  }

  /** Settles when the plugin's own closing, if it has begun, is done. */
  get stopped(): Promise<void> {
    return this.#stopped ?? Promise.resolve();
  }

  #stop(): void {
    this.#stopped ??= endState(this.plugin, this.#state, this.#log, this.id);
  }
}
