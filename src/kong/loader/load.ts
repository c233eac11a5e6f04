// Loads the plugins of a directory.
import { resolve } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import type { Plugin } from "../engine/plugin.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { separate } from "./duplicates.ts";
import type { SkippedFile } from "../../modules/find.ts";
import type { LoadOptions } from "../../modules/import_candidate.ts";
import { readModules } from "../../modules/read_modules.ts";
import { recognise } from "./recognise.ts";

export type { LoadOptions };

/** What a directory had. */
export interface LoadResult {
  /** In the order of their files' names. */
  readonly plugins: readonly Plugin[];
  /** What keeps a plugin from being loaded or from working as it is written. */
  readonly problems: readonly GibbonError[];
  /** Modules that are no plugins, with nothing wrong about them: helpers, compiled copies. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Loads every plugin of a directory. A plugin that cannot be loaded is a problem in the result and
 * does not keep others from being loaded. What they print is not held back.
 *
 * @throws {GibbonError} PLUGIN_DIRECTORY if there is no such directory
 */
export async function loadPlugins(
  runtime: Runtime,
  directory: string,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const root = resolve(directory);
  const { modules, problems, skipped } = await readModules(
    runtime,
    root,
    options,
    (namespace, candidate) => recognise(namespace, { ...candidate, loadedAt: Date.now() / 1000 }),
  );
  const loaded = modules.map(({ file, result }): Loaded => ({
    file,
    ...result instanceof GibbonError ? { problems: [result] } : result,
  }));
  const distinct = separate(loaded.flatMap(({ plugin }) => plugin ?? []), root);
  const helpers = loaded.filter(({ plugin, problems }) => !plugin && problems.length === 0);
  return {
    plugins: distinct.plugins,
    problems: [
      ...problems,
      ...loaded.flatMap(({ problems }) => problems),
      ...distinct.problems,
    ],
    skipped: [
      ...skipped,
      ...helpers.map(({ file }) => ({ file, reason: "exports no plugin" })),
      ...distinct.skipped,
    ],
  };
}

interface Loaded {
  readonly file: string;
  readonly plugin?: Plugin;
  readonly problems: readonly GibbonError[];
}
