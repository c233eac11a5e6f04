// Modules that could not be loaded: whose requests fail for that, and who runs as before.
import type { GibbonError } from "../base/errors.ts";
import type { DevConfig } from "./config.ts";
import type { BrokenPlugin } from "./plugins.ts";

/** What follows from problems. */
export interface LoadProblems {
  /** Nothing of them runs: Kong would not even start. */
  readonly unloaded: readonly BrokenPlugin[];
  /** Names of those that run as they were before they were edited. */
  readonly stale: readonly string[];
}

/**
 * Sorts problems.
 *
 * @param names of the plugins that are loaded
 * @param config says who is left out on purpose; undefined where only those run that kong.yml has
 */
export function problemsOf(
  problems: readonly GibbonError[],
  names: readonly string[],
  config: DevConfig | undefined,
): LoadProblems {
  const unloaded: BrokenPlugin[] = [];
  const stale: string[] = [];
  for (const problem of problems) {
    const { plugin: name } = problem;
    if (name === undefined) continue;
    if (names.includes(name)) stale.push(name);
    else if (config && config.plugins?.[name]?.enabled !== false) {
      const { message, file } = problem;
      const reason = file === undefined ? message : `${message} at ${file}`;
      unloaded.push({ name, reason, isKnown: false });
    }
  }
  return { unloaded, stale };
}
