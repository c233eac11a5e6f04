// Where a server's plugins come from: a directory, loaded once or again and again.
import { type GibbonError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Plugin } from "../engine/plugin.ts";
import type { PluginRegistry } from "../engine/registry.ts";
import { type LoadOptions, loadPlugins, type LoadResult } from "../loader/load.ts";
import { DirectoryWatch, type Watcher } from "../../modules/watch.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { logProblems } from "../../base/problems.ts";

/** Fills a registry from a directory. */
export class PluginSource {
  readonly #runtime: Runtime;
  readonly #registry: PluginRegistry;
  readonly #log: Logger;
  readonly #options: Pick<LoadOptions, "fileBytes" | "watch" | "only">;
  #directory: string | undefined;
  /** What the last loading could not load, or not as it is written. */
  #problems: readonly GibbonError[] = [];
  /** How often the directory was loaded again, by how that went. */
  readonly reloads = { ok: 0, problems: 0, failed: 0 };
  #version = 0;
  #loading = Promise.resolve();
  #watching: DirectoryWatch | undefined;

  constructor(
    runtime: Runtime,
    registry: PluginRegistry,
    log: Logger,
    options: Pick<LoadOptions, "fileBytes" | "watch" | "only">,
  ) {
    this.#runtime = runtime;
    this.#registry = registry;
    this.#log = log;
    this.#options = options;
  }

  /** Problems of the last loading. */
  get problems(): readonly GibbonError[] {
    return this.#problems;
  }

  /**
   * Loads a directory in the place of what was there.
   *
   * @throws {GibbonError} PLUGIN_DIRECTORY
   */
  load(directory: string): Promise<void> {
    return this.#inTurn(() => this.#load(directory));
  }

  async #load(directory: string): Promise<void> {
    const loaded = await this.#read(directory);
    this.#directory = directory;
    logProblems(loaded.problems, this.#log);
    this.#registry.replace(loaded.plugins);
    await this.#watching?.turnTo(directory);
  }

  /** Loads the directory again whenever something in it has changed, also where it is another one by then. */
  async watch(reloaded?: (names: readonly string[]) => Promise<void>): Promise<Watcher> {
    this.#watching = new DirectoryWatch(() => this.reload(reloaded));
    if (this.#directory !== undefined) await this.#watching.turnTo(this.#directory);
    return this.#watching;
  }

  /**
   * Loads the directory again. Where that fails the log says so, and the old plugins stay.
   *
   * @param reloaded takes the names of the plugins once they are there; must not reject
   */
  reload(reloaded?: (names: readonly string[]) => Promise<void>): Promise<void> {
    return this.#inTurn(() => this.#reloadAndTell(reloaded));
  }

  /** One after the other: what was asked for last is what stays. */
  #inTurn(load: () => Promise<void>): Promise<void> {
    const done = this.#loading.then(load);
    this.#loading = done.catch(() => {});
    return done;
  }

  async #reloadAndTell(reloaded?: (names: readonly string[]) => Promise<void>): Promise<void> {
    if (this.#directory === undefined) return;
    try {
      await this.#reload(this.#directory);
    } catch (error) {
      this.reloads.failed++;
      return this.#log.error("the plugins could not be loaded again; the old ones stay", {
        error: messageOf(error),
      });
    }
    await reloaded?.(this.#names());
  }

  async #reload(directory: string): Promise<void> {
    const loaded = await this.#read(directory);
    this.reloads[loaded.problems.length > 0 ? "problems" : "ok"]++;
    logProblems(loaded.problems, this.#log);
    this.#registry.replace([...loaded.plugins, ...this.#kept(loaded)]);
    this.#log.info("plugins were loaded again", { plugins: this.#names().join(", ") });
  }

  /** A plugin whose file is broken now stays as it was: half an edit takes nothing away. */
  #kept({ plugins, problems }: LoadResult): Plugin[] {
    const broken = problems.map(({ file }) => file ?? "");
    return this.#registry.list().map(({ plugin }) => plugin).filter(({ name, file }) =>
      broken.some((place) => place === file || place.startsWith(`${file}:`)) &&
      !plugins.some((plugin) => plugin.name === name)
    );
  }

  async #read(directory: string): Promise<LoadResult> {
    const how = { ...this.#options, version: this.#version++ };
    const result = await loadPlugins(this.#runtime, directory, how);
    this.#problems = result.problems;
    return result;
  }

  #names(): string[] {
    return this.#registry.list().map(({ plugin }) => plugin.name);
  }
}
