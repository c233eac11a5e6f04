// The hub plugins of a directory.
import { resolve } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { type Candidate, findPlugins } from "../../modules/find.ts";
import { importCandidate } from "../../modules/import_candidate.ts";
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
  const found = await findPlugins(root);
  runtime.guardProcess();
  const loaded = await Promise.all(
    found.candidates.map((candidate) => loadOne(runtime, candidate)),
  );
  const problems = [
    ...found.problems,
    ...loaded.filter((result) => result instanceof GibbonError),
  ];
  const plugins = loaded.flatMap((result) => result instanceof GibbonError ? [] : result ?? []);
  if (plugins.length > 0 || problems.length > 0) return { plugins, problems };
  throw new GibbonError("PLUGIN_DIRECTORY", `There is no hub plugin in ${root}`, {
    remedy: "A hub plugin is a module with export default defineHubPlugin({ ... }).",
  });
}

/** Undefined for what is no hub plugin. */
async function loadOne(
  runtime: Runtime,
  candidate: Candidate,
): Promise<HubPlugin | GibbonError | undefined> {
  return await importCandidate(runtime, candidate, {}, (namespace) => {
    try {
      return readHubPlugin(namespace, candidate.file);
    } catch (error) {
      // It knows better what is wrong than that the module is broken.
      if (error instanceof GibbonError) return error;
      throw error;
    }
  });
}
