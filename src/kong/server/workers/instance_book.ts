// The instances of a server of several processes: numbers them, and keeps the processes alike.
import { clockId, countingIds } from "../../engine/ids.ts";
import { tooManyInstances } from "../../engine/instances.ts";
import type { Limits } from "../../engine/limits.ts";
import { likenessOf, type Suspect } from "./blame.ts";
import type { Seed, ToWorker } from "./messages.ts";

/**
 * Asks every worker, those that do not take connections yet included.
 *
 * @returns the answers of those that do; one that dies without an answer has none
 * @throws the first error that one of those answers with, once all have answered
 */
export type AskAll = (question: ToWorker) => Promise<unknown[]>;

/** All instances. A new worker gets them from here. */
export class InstanceBook {
  readonly #limits: Pick<Limits, "instances">;
  readonly #askAll: AskAll;
  readonly #seeds = new Map<number, Seed>();
  readonly #ids = countingIds(clockId(Date.now()));

  constructor(limits: Pick<Limits, "instances">, askAll: AskAll) {
    this.#limits = limits;
    this.#askAll = askAll;
  }

  get seeds(): Seed[] {
    return [...this.#seeds.values()];
  }

  /** Which plugin and configuration an instance is of. */
  identify(id: number): Omit<Suspect, "doing"> | undefined {
    const seed = this.#seeds.get(id);
    return seed && { plugin: seed.name, likeness: likenessOfText(seed.config) };
  }

  /** No worker that is started from now on gets the instance. */
  forget(id: number): void {
    this.#seeds.delete(id);
  }

  /**
   * Starts an instance in every worker.
   *
   * @returns its id
   * @throws {GibbonError} as a worker did that could not start it, or LIMIT; then no worker has it
   */
  async start(name: string, config: string): Promise<number> {
    await this.#makeRoom(name);
    const id = this.#ids((id) => this.#seeds.has(id));
    const seed = { id, name, config, startedMs: Date.now() };
    this.#seeds.set(id, seed);
    try {
      await this.#askAll({ kind: "start", seed });
    } catch (error) {
      await this.close(id);
      throw error;
    }
    return id;
  }

  /** Closes an instance in every worker; one that does not have it does not mind. */
  async close(id: number): Promise<void> {
    if (!this.#seeds.delete(id)) return;
    await this.#askAll({ kind: "close", id, nowMs: Date.now() });
  }

  /** Closes the instances that no worker has had an event of for the time to live. */
  async sweep(): Promise<void> {
    const answers = await this.#askAll({ kind: "idle" }) as number[][];
    const [first = [], ...others] = answers.map((ids) => new Set(ids));
    const idle = [...first].filter((id) => others.every((ids) => ids.has(id)));
    await Promise.all(idle.map((id) => this.close(id)));
  }

  /** @throws {GibbonError} LIMIT */
  async #makeRoom(plugin: string): Promise<void> {
    const { instances } = this.#limits;
    if (this.#seeds.size >= instances) await this.sweep();
    if (this.#seeds.size >= instances) throw tooManyInstances(instances, plugin);
  }
}

function likenessOfText(config: string): string {
  try {
    return likenessOf(JSON.parse(config));
  } catch {
    return config;
  }
}
