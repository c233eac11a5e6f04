// The table of instances: starts them, finds them by id, closes them, drops the idle ones.
import { GibbonError } from "./errors.ts";
import type { IdSource } from "./ids.ts";
import { Instance, type InstanceStatus } from "./instance.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./log.ts";
import type { Registry } from "./registry.ts";

/** What the table needs. */
export interface InstancesOptions {
  readonly registry: Registry;
  readonly limits: Limits;
  readonly log: Logger;
  readonly ids: IdSource;
  /** Unix milliseconds. */
  readonly now: () => number;
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
   * @throws {GibbonError} PLUGIN_UNKNOWN, CONFIG_INVALID, LIMIT, DEADLINE, PLUGIN_BROKEN
   */
  async start(name: string, raw: unknown, scope?: string): Promise<Instance> {
    const { registry, limits, log, now } = this.#options;
    const entry = registry.get(name);
    const { plugin } = entry;
    if (this.#table.size + this.#starting >= limits.instances) this.sweep();
    if (this.#table.size + this.#starting >= limits.instances) {
      throw new GibbonError("LIMIT", `${limits.instances} instances are running already`, {
        plugin: name,
        remedy: "Raise --max-instances, or lower --idle-instance so that unused ones end sooner.",
      });
    }
    this.#starting++;
    try {
      const config = plugin.configure(raw);
      const state = await this.#initialise(plugin.name, plugin.start(config));
      const instance = new Instance({
        id: this.#options.ids((id) => this.#table.has(id)),
        plugin,
        raw,
        config,
        state,
        scope,
        nowMs: now(),
        log,
      });
      this.#table.set(instance.id, instance);
      entry.lastStart = instance.startedAt;
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
   * @throws {GibbonError} NO_INSTANCE
   */
  close(id: unknown): InstanceStatus {
    const instance = this.get(id);
    const { status } = instance;
    this.#drop(instance);
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

  /** Ends the instances that have had no event for the time to live. */
  sweep(): void {
    const oldest = this.#options.now() - this.#options.limits.idleInstanceMs;
    for (const instance of this.#table.values()) {
      if (!instance.busy && instance.lastUsedMs < oldest) this.#drop(instance);
    }
  }

  /** Ends all of them, and waits for what the plugins do to close. */
  async closeAll(): Promise<void> {
    const all = [...this.#table.values()];
    for (const instance of all) this.#drop(instance);
    await Promise.all(all.map((instance) => instance.stopped));
  }

  #drop(instance: Instance): void {
    this.#table.delete(instance.id);
    const entry = this.#options.registry.list().find(({ plugin }) =>
      plugin.name === instance.plugin.name
    );
    if (entry) entry.lastClose = this.#options.now() / 1000;
    instance.close();
  }

  async #initialise(plugin: string, starting: unknown): Promise<unknown> {
    const { instanceMs } = this.#options.limits;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new GibbonError("DEADLINE", `init took longer than ${instanceMs / 1000} s`, { plugin }),
        );
      }, instanceMs);
    });
    try {
      return await Promise.race([starting, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function describeId(id: unknown): string {
  return typeof id === "number" ? String(id) : `(${id === undefined ? "no id" : typeof id})`;
}
