// The hub plugins of a directory.
import { resolve } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { readModules } from "../../modules/read_modules.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { type HubPlugin, readHubPlugin } from "./plugin.ts";

/** What came of a directory. */
export interface LoadedHubPlugins {
  /** In the order of their files' names. */
  readonly plugins: readonly HubPlugin[];
  /** Why others were not loaded. */
  readonly problems: readonly GibbonError[];
}

/**
 * Loads the hub plugins among a directory's modules and folders; plugins for Kong and helpers beside
 * them are left alone, as Kong's server leaves these.
 *
 * @throws {GibbonError} PLUGIN_DIRECTORY if there is no hub plugin at all
 */
export async function loadHubPlugins(
  runtime: Runtime,
  directory: string,
): Promise<LoadedHubPlugins> {
  const root = resolve(directory);
  const read = await readModules(
    runtime,
    root,
    {},
    (namespace, { file }) => orProblem(() => readHubPlugin(namespace, file)),
  );
  const results = read.modules.map(({ result }) => result);
  const problems = [
    ...read.problems,
    ...results.filter((result) => result instanceof GibbonError),
  ];
  const plugins = results.flatMap((result) => result instanceof GibbonError ? [] : result ?? []);
  if (plugins.length > 0 || problems.length > 0) return { plugins, problems };
  throw new GibbonError("PLUGIN_DIRECTORY", `There is no hub plugin in ${root}`, {
    remedy: "A hub plugin is a module with export default defineHubPlugin({ ... }).",
  });
}

/** An error of ours knows better what is wrong than that the module is broken. */
function orProblem<T>(read: () => T): T | GibbonError {
  try {
    return read();
  } catch (error) {
    if (error instanceof GibbonError) return error;
    throw error;
  }
}
