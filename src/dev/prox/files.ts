// Plugins of prox for gibbon dev: what starts them, and their files' changes.
import { constants } from "node:fs";
import { access, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { ProxPluginFile } from "./plugins.ts";
import { isModuleName } from "../../modules/names.ts";
import { type Watcher, watchFile, watchPlugins } from "../../modules/watch.ts";
import { quoted } from "../../base/shell_word.ts";

/** A plugin as it was asked for. */
interface Source {
  readonly path: string;
  /** The folder of its modules, if gibbon runs it; else it is a program by itself. */
  readonly folder: string | undefined;
}

/** What the plugins are started with. */
export interface ProxFilesOptions {
  /** What starts gibbon. */
  readonly command: readonly string[];
  /** A folder for the scripts that start them; removing it is up to whoever made it. */
  readonly folder: string;
}

/**
 * The plugins of prox. prox starts an executable without arguments, and keeps one process for each
 * path: so each plugin is started by a script, and after a change by a script of another name.
 */
export class ProxFiles {
  readonly #sources: readonly Source[];
  readonly #options: ProxFilesOptions;
  #generation = 0;

  private constructor(sources: readonly Source[], options: ProxFilesOptions) {
    this.#sources = sources;
    this.#options = options;
  }

  /**
   * Looks at the plugins.
   *
   * @param paths files and folders of plugins for gibbon, and executables of anybody
   * @throws {GibbonError} OPTION_INVALID for what cannot be started
   */
  static async find(paths: readonly string[], options: ProxFilesOptions): Promise<ProxFiles> {
    return new ProxFiles(await Promise.all(paths.map(findSource)), options);
  }

  /** What logs call them. */
  get names(): string[] {
    return this.#sources.map(({ path }) => basename(path));
  }

  /** Has the plugins started anew when the gateway gets what this gives. */
  async renew(): Promise<ProxPluginFile[]> {
    const generation = ++this.#generation;
    return await Promise.all(this.#sources.map(async ({ path, folder }, index) => {
      const script = join(this.#options.folder, `prox-${generation}-${index}`);
      const ours = [...this.#options.command, "prox", path, "--log-level", "warn"];
      const command = folder === undefined ? [path] : ours;
      await writeFile(script, `#!/bin/sh\nexec ${command.map(quoted).join(" ")}\n`, {
        mode: 0o700,
      });
      return { name: basename(path), path: script };
    }));
  }

  /**
   * Calls `onChange` when a file of a plugin has changed: for ours any module of its folder, for an
   * executable the file itself.
   */
  async watch(onChange: () => Promise<void>): Promise<Watcher> {
    const folders = new Set(this.#sources.flatMap(({ folder }) => folder ?? []));
    const programs = this.#sources.flatMap(({ folder, path }) =>
      folder === undefined ? [path] : []
    );
    let last = Promise.resolve();
    const oneByOne = () => last = last.then(onChange);
    const watchers = await Promise.all([
      ...[...folders].map((folder) => watchPlugins(folder, oneByOne)),
      ...programs.map((path) => watchFile(path, oneByOne)),
    ]);
    return {
      look: async () => void await Promise.all(watchers.map((watcher) => watcher.look())),
      close: () => watchers.forEach((watcher) => watcher.close()),
    };
  }
}

async function findSource(given: string): Promise<Source> {
  const path = resolve(given);
  const found = await stat(path).catch((error) => {
    throw new GibbonError("OPTION_INVALID", `--prox: cannot read ${path}: ${messageOf(error)}`, {
      remedy: "Name a plugin's file, a folder of plugins, or an executable.",
      cause: error,
    });
  });
  if (found.isDirectory()) return { path, folder: path };
  if (isModuleName(path)) return { path, folder: dirname(path) };
  await access(path, constants.X_OK).catch((error) => {
    throw new GibbonError("OPTION_INVALID", `--prox: ${path} cannot be started`, {
      remedy: "Give it the run bit (chmod +x), or name a TypeScript or JavaScript module.",
      cause: error,
    });
  });
  return { path, folder: undefined };
}
