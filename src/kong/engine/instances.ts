// The table of instances: starts them, finds them by id, closes them, drops the idle ones.
import { GibbonError } from "../../base/errors.ts";
import { initialise } from "./initialise.ts";
import type { IdSource } from "./ids.ts";
import { Instance, type InstanceStatus } from "./instance.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "../../base/log.ts";
import type { PluginRegistry } from "./registry.ts";

/** What the table needs. */
export interface InstancesOptions {
  readonly registry: PluginRegistry;
  readonly limits: Limits;
  readonly log: Logger;
  readonly ids: IdSource;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** An instance that another process of the server has numbered. */
export interface Numbered {
  readonly id: number;
  /** When it was started, in Unix milliseconds. */
  readonly startedMs: number;
}

/** The instances of one server. */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #table = new Map<number, Instance>();
  #starting = 0;

  constructor(options: InstancesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#table.size;
  }

  /**
   * Starts an instance.
   *
   * @param name a plugin of the registry
   * @param raw the configuration as the gateway sent it, parsed
   * @param scope where the configuration applies, for logs
   * @param numbered what somebody else has decided already, the limit included
   * @throws {GibbonError} PLUGIN_UNKNOWN, CONFIG_INVALID, LIMIT, DEADLINE, PLUGIN_BROKEN
   */
  async start(
    name: string,
    raw: unknown,
    scope?: string,
    numbered?: Numbered,
  ): Promise<Instance> {
    const { registry, log, now } = this.#options;
    const entry = registry.get(name);
    const { plugin } = entry;
    if (!numbered) this.#makeRoom(name);
    this.#starting++;
    try {
      const { instanceMs } = this.#options.limits;
      const { config, state } = await initialise(plugin, raw, instanceMs, log);
      const instance = new Instance({
        id: numbered?.id ?? this.#options.ids((id) => this.#table.has(id)),
        plugin,
        raw,
        config,
        state,
        scope,
        nowMs: numbered?.startedMs ?? now(),
        log,
      });
      this.#table.set(instance.id, instance);
      instance.lastUsedMs = now();
      entry.lastStart = Math.max(entry.lastStart, instance.startedAt);
      return instance;
    } finally {
      this.#starting--;
    }
  }

  /**
   * @param id as the gateway says it: anything
   * @throws {GibbonError} NO_INSTANCE, with the words that make Kong start it again
   */
  get(id: unknown): Instance {
    const instance = typeof id === "number" ? this.#table.get(id) : undefined;
    if (instance) return instance;
    throw new GibbonError("NO_INSTANCE", `No plugin instance ${describeId(id)}`, {
      remedy: "The gateway starts it again by itself.",
    });
  }

  /**
   * Takes an instance out of the table; it ends once its last event is over.
   *
   * @param nowMs Unix milliseconds
   * @throws {GibbonError} NO_INSTANCE
   */
  close(id: unknown, nowMs = this.#options.now()): InstanceStatus {
    const instance = this.get(id);
    const { status } = instance;
    this.#drop(instance, nowMs);
    return status;
  }

  /** The instances of a plugin. */
  of(name: string): InstanceStatus[] {
    const all: InstanceStatus[] = [];
    for (const { plugin, status } of this.#table.values()) {
      if (plugin.name === name) all.push(status);
    }
    return all;
  }

  /** How many instances of a plugin there are. */
  count(name: string): number {
    let count = 0;
    for (const { plugin } of this.#table.values()) if (plugin.name === name) count++;
    return count;
  }

  /** The plugins that had an event since then, or have one, in Unix milliseconds. */
  usedSince(sinceMs: number): string[] {
    const used = [...this.#table.values()].filter((instance) =>
      instance.busy || instance.lastUsedMs >= sinceMs
    );
    return [...new Set(used.map(({ plugin }) => plugin.name))];
  }

  /** Ends the instances that have had no event for the time to live. */
  sweep(): void {
    for (const instance of this.idle()) this.#drop(instance);
  }

  /** The instances that have had no event for the time to live. */
  idle(): Instance[] {
    const oldest = this.#options.now() - this.#options.limits.idleInstanceMs;
    return [...this.#table.values()].filter((instance) =>
      !instance.busy && instance.lastUsedMs < oldest
    );
  }

  /** Ends all of them, and waits for what the plugins do to close. */
  async closeAll(): Promise<void> {
    const all = [...this.#table.values()];
    for (const instance of all) this.#drop(instance);
    await Promise.all(all.map((instance) => instance.stopped));
  }

  /** @throws {GibbonError} LIMIT */
  #makeRoom(plugin: string): void {
    const { instances } = this.#options.limits;
    if (this.#table.size + this.#starting >= instances) this.sweep();
    if (this.#table.size + this.#starting >= instances) throw tooManyInstances(instances, plugin);
  }

  #drop(instance: Instance, nowMs = this.#options.now()): void {
    this.#table.delete(instance.id);
    const entry = this.#options.registry.list().find(({ plugin }) =>
      plugin.name === instance.plugin.name
    );
    if (entry) entry.lastClose = nowMs / 1000;
    instance.close();
  }
}

/** The error for one instance more than there may be. */
export function tooManyInstances(limit: number, plugin: string): GibbonError {
  return new GibbonError("LIMIT", `${limit} instances are running already`, {
    plugin,
    remedy: "Raise --max-instances, or lower --idle-instance so that unused ones end sooner.",
  });
}

function describeId(id: unknown): string {
  return typeof id === "number" ? String(id) : `(${id === undefined ? "no id" : typeof id})`;
}
