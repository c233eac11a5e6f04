// Finds the tests of plugins: files by their names, as the runtimes' own runners know them.
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { attempt } from "../base/printable.ts";
import { GibbonError, messageOf } from "../base/errors.ts";
import { isTestName } from "../modules/names.ts";

/** Directories of others. */
const OTHERS: ReadonlySet<string> = new Set(["node_modules", "dist", "coverage"]);

/**
 * Finds tests.
 *
 * @param paths directories, which are searched with all that is below them, and files, which are
 * taken whatever they are called
 * @returns absolute paths, each once, in the order of their names
 * @throws {GibbonError} OPTION_INVALID for a path that leads nowhere
 */
export function findTests(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    const stats = attempt(() => statSync(path));
    if (stats?.isFile()) return [resolve(path)];
    if (stats?.isDirectory()) return [...below(resolve(path))];
    throw new GibbonError("OPTION_INVALID", `there is no file or directory ${path}`, {
      remedy: "Name the directory of your plugins, or files with tests.",
    });
  });
  return [...new Set(found)].sort();
}

function* below(directory: string): Generator<string> {
  for (const entry of list(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && !OTHERS.has(entry.name)) yield* below(path);
      // A symlink may lead nowhere.
    } else if (isTestName(entry.name) && attempt(() => statSync(path).isFile())) yield path;
  }
}

function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `${directory} cannot be read: ${messageOf(error)}`, {
      file: directory,
      remedy: "Name directories and files that this user may read.",
      cause: error,
    });
  }
}
