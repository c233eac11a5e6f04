// Kong's life: generations of nginx workers, the servers that they start, and reloads.
import { setTimeout as sleep } from "node:timers/promises";
import type { KongLogEntry } from "../../../../src/kong/emulator/node.ts";
import { type KeeperOptions, ServerKeeper } from "./keeper.ts";
import type { Outcome } from "./outcome.ts";
import type { SocketPoolOptions } from "./pool.ts";
import { type GivenRequest, NginxWorker, type PluginUse } from "./worker.ts";

/** How Kong is set up. */
export interface KongOptions extends KeeperOptions {
  readonly plugins: readonly PluginUse[];
  /** The start_cmd of each plugin server that has one. */
  readonly startCommands: readonly string[];
  /** nginx workers: 1. */
  readonly workers?: number;
  readonly pool?: Partial<SocketPoolOptions>;
  /**
   * How long a generation stays once it has served its last request, in milliseconds. Kong's stays
   * as long as clients keep connections open, some seconds.
   */
  readonly lingerMs?: number;
}

/** For how long nginx lets both generations take requests, in milliseconds. */
const OVERLAP_MS = 100;

/** The workers of one configuration, and the servers that the first of them started. */
export class Generation {
  readonly workers: readonly NginxWorker[];
  readonly keepers: readonly ServerKeeper[];
  readonly #lingerMs: number;
  #next = 0;

  constructor(options: KongOptions, log: (entry: KongLogEntry) => void) {
    const { plugins, pool = {}, workers = 1, startCommands, lingerMs = 0 } = options;
    const reset = (plugin: string) => this.workers.forEach((worker) => worker.forget(plugin));
    this.workers = Array.from(
      { length: workers },
      () => new NginxWorker({ plugins, pool, log, reset }),
    );
    this.keepers = startCommands.map((command) => new ServerKeeper(command, options));
    this.#lingerMs = lingerMs;
  }

  start(): void {
    for (const keeper of this.keepers) keeper.start();
  }

  /** Events that were begun again because their connection had closed. */
  get repeats(): number {
    return this.workers.reduce((sum, { repeats }) => sum + repeats, 0);
  }

  /** A request at one of the workers, by turns. */
  request(given?: GivenRequest): Promise<Outcome> {
    return this.workers[this.#next++ % this.workers.length]!.request(given);
  }

  /**
   * What nginx does with workers of an old configuration: they finish their requests, and then end.
   *
   * @returns when their servers have got SIGTERM
   */
  async leave(): Promise<void> {
    for (const keeper of this.keepers) keeper.leave();
    await Promise.all(this.workers.map((worker) => worker.leave()));
    await sleep(this.#lingerMs);
    for (const keeper of this.keepers) keeper.stop();
    for (const worker of this.workers) worker.close();
  }

  /** Ends it at once, and its servers with it. */
  async kill(): Promise<void> {
    for (const worker of this.workers) worker.close();
    await Promise.all(this.keepers.map((keeper) => keeper.kill()));
  }
}

/** A Kong. */
export class Kong {
  readonly #options: KongOptions;
  readonly #generations: Generation[] = [];
  /** Those that take requests: two for a moment at a reload. */
  #taking: Generation[] = [];
  #next = 0;
  /** Kong's error log. */
  readonly log: KongLogEntry[] = [];

  constructor(options: KongOptions) {
    this.#options = options;
  }

  /** The generation that serves. */
  get current(): Generation {
    return this.#generations.at(-1)!;
  }

  /** Events that were begun again because their connection had closed. */
  get repeats(): number {
    return this.#generations.reduce((sum, { repeats }) => sum + repeats, 0);
  }

  /** Starts it. The servers may take a while until they listen; Kong does not wait for them. */
  start(): void {
    const generation = new Generation(this.#options, (entry) => this.log.push(entry));
    this.#generations.push(generation);
    this.#taking.push(generation);
    generation.start();
  }

  request(given?: GivenRequest): Promise<Outcome> {
    return this.#taking[this.#next++ % this.#taking.length]!.request(given);
  }

  /**
   * `kong reload`: a new generation starts while the old one lives, and the old one leaves.
   *
   * @returns once the old one takes no more requests: it, and the promise of its end
   */
  async reload(): Promise<{ readonly old: Generation; readonly left: Promise<void> }> {
    const old = this.current;
    this.start();
    await sleep(OVERLAP_MS);
    this.#taking = this.#taking.filter((generation) => generation !== old);
    return { old, left: old.leave() };
  }

  /** `kong stop`: the servers get SIGTERM once all requests are over. */
  async stop(): Promise<void> {
    this.#taking = [];
    await this.current.leave();
  }

  /** Ends everything at once; settles when no process is left. */
  async kill(): Promise<void> {
    this.#taking = [];
    await Promise.all(this.#generations.map((generation) => generation.kill()));
  }
}
