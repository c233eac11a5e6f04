// Loads the plugins of a directory.
import { realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { GibbonError, messageOf } from "../core/errors.ts";
import type { Plugin } from "../core/plugin.ts";
import { ModuleFailure, type Position } from "../runtime/module_failure.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { separate } from "./duplicates.ts";
import { type Candidate, findPlugins, type SkippedFile } from "./find.ts";
import { importInTime } from "./import_in_time.ts";
import { recognise } from "./recognise.ts";

/** How a directory is loaded. */
export interface LoadOptions {
  /**
   * Number of the loading, greater each time: everything is read afresh then. What was loaded
   * before goes on as it was, so that instances can end on the code that they began with.
   */
  readonly version?: number;
  /** How long a module may take, in milliseconds; 10,000 if left out. */
  readonly moduleMs?: number;
}

/** What a directory had. */
export interface LoadResult {
  /** In the order of their files' names. */
  readonly plugins: readonly Plugin[];
  /** What keeps a plugin from being loaded or from working as it is written. */
  readonly problems: readonly GibbonError[];
  /** Modules that are no plugins, with nothing wrong about them: helpers, compiled copies. */
  readonly skipped: readonly SkippedFile[];
}

/** Kong up to 3.4 waits 20 s for a server's socket. */
const MODULE_MS = 10_000;

/**
 * Loads every plugin of a directory. A plugin that cannot be loaded is a problem in the result and
 * does not keep others from being loaded. The modules are imported at the same time; what they
 * print is not held back.
 *
 * @throws {GibbonError} PLUGIN_DIRECTORY if there is no such directory
 */
export async function loadPlugins(
  runtime: Runtime,
  directory: string,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const root = resolve(directory);
  const found = await findPlugins(root);
  const loaded = await runtime.withoutExit(() =>
    Promise.all(found.candidates.map((candidate) => loadOne(runtime, candidate, options)))
  );
  const distinct = separate(loaded.flatMap(({ plugin }) => plugin ?? []), root);
  const helpers = loaded.filter(({ plugin, problems }) => !plugin && problems.length === 0);
  return {
    plugins: distinct.plugins,
    problems: [
      ...found.problems,
      ...loaded.flatMap(({ problems }) => problems),
      ...distinct.problems,
    ],
    skipped: [
      ...found.skipped,
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

async function loadOne(
  runtime: Runtime,
  candidate: Candidate,
  { version = 0, moduleMs = MODULE_MS }: LoadOptions,
): Promise<Loaded> {
  const { file } = candidate;
  try {
    const namespace = await importInTime(runtime, file, version, moduleMs);
    return { file, ...recognise(namespace, { ...candidate, loadedAt: Date.now() / 1000 }) };
  } catch (error) {
    return { file, problems: [await broken(candidate, error)] };
  }
}

async function broken({ name, file }: Candidate, error: unknown): Promise<GibbonError> {
  const position = error instanceof ModuleFailure ? await asNamed(error.position, file) : file;
  return new GibbonError("PLUGIN_BROKEN", `${name} cannot be loaded: ${messageOf(error)}`, {
    plugin: name,
    file: position,
    remedy: "Correct the module; gibbon check tells whether it can be loaded.",
    cause: error instanceof ModuleFailure ? error.cause : error,
  });
}

/** A position by the names that the directory has, where symlinks lead to the file. */
async function asNamed({ file, line, column }: Position, module: string): Promise<string> {
  const real = await realpath(module);
  const inside = relative(dirname(real), file);
  const beside = inside.startsWith("..") ? file : join(dirname(module), inside);
  const named = file === real ? module : beside;
  return [named, line, column].filter((part) => part !== undefined).join(":");
}
