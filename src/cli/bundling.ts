// Plugins into bundles that are proved: each is loaded by itself, and has to be what its plugin is.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { GibbonError } from "../base/errors.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { loadPlugins } from "../kong/loader/load.ts";
import { pluginDump } from "../kong/protocol/status.ts";
import { type Bundle, bundle } from "../modules/bundle/bundle.ts";
import { writeBundles } from "../modules/bundle/write.ts";
import type { LoadOptions } from "../modules/import_candidate.ts";
import { readModules } from "../modules/read_modules.ts";
import type { Runtime } from "../runtime/contract.ts";
import { PROVIDED_MODULES } from "./provided_modules.ts";

/** A module that can be bundled. */
export interface Bundlable {
  readonly name: string;
  readonly file: string;
  readonly realFile?: string | undefined;
  /** What it declares; its bundle has to declare the same. */
  readonly declared: unknown;
}

/** What a directory has to bundle. */
export interface FoundToBundle {
  readonly modules: readonly Bundlable[];
  readonly problems: readonly GibbonError[];
}

/** Finds what there is to bundle in a directory. */
export type FindToBundle = (
  runtime: Runtime,
  directory: string,
  options: LoadOptions,
) => Promise<FoundToBundle>;

/** A plugin for Kong. */
export function asBundlable(plugin: Plugin): Bundlable {
  return { ...plugin, declared: pluginDump(plugin, true) };
}

/** Plugins for Kong. */
export const kongPlugins: FindToBundle = async (runtime, directory, options) => {
  const { plugins, problems } = await loadPlugins(runtime, directory, options);
  return { modules: plugins.map(asBundlable), problems };
};

/** Every module with exports, as those of prox and of brpc; a name with `_` in front is a helper's. */
export const anyModules: FindToBundle = async (runtime, directory, options) => {
  const read = await readModules(
    runtime,
    resolve(directory),
    options,
    (namespace, { name, file, realFile }): Bundlable => {
      return { name, file, realFile, declared: Object.keys(namespace).sort() };
    },
  );
  const modules: Bundlable[] = [];
  const problems = [...read.problems];
  for (const { result } of read.modules) {
    if (result instanceof GibbonError) problems.push(result);
    else if (!result.name.startsWith("_")) modules.push(result);
  }
  return { modules, problems };
};

/**
 * Bundles modules, one by one as a bundler takes memory, and loads the bundles where nothing of their
 * sources is in reach.
 *
 * @param root real path of their directory
 * @param find how they were found
 * @throws {GibbonError} OPTION_INVALID without a bundler; PLUGIN_BROKEN for what does not work so
 */
export async function bundleProved(
  runtime: Runtime,
  modules: readonly Bundlable[],
  root: string,
  find: FindToBundle,
  minify?: boolean,
): Promise<Bundle[]> {
  const provided = Object.keys(PROVIDED_MODULES);
  const bundles: Bundle[] = [];
  for (const { name, file, realFile = file } of modules) {
    bundles.push(await bundle(runtime, { name, file: realFile, root, provided, minify }));
  }
  await prove(runtime, modules, bundles, find);
  return bundles;
}

async function prove(
  runtime: Runtime,
  modules: readonly Bundlable[],
  bundles: readonly Bundle[],
  find: FindToBundle,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gibbon-bundle-"));
  try {
    await writeBundles(folder, bundles);
    const found = await find(runtime, folder, { fileBytes: Infinity });
    for (const module of modules) {
      const proved = found.modules.find(({ name }) => name === module.name);
      const problem = found.problems.find(({ plugin }) => plugin === module.name);
      if (problem || !proved) {
        throw notAlone(module, problem?.message ?? "it is no plugin any more");
      }
      if (!isDeepStrictEqual(proved.declared, module.declared)) {
        throw notAlone(module, "its schema, version, priority, phases or exports are others then");
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function notAlone({ name, file }: Bundlable, why: string): GibbonError {
  return new GibbonError("PLUGIN_BROKEN", `${name} does not work as one file: ${why}`, {
    plugin: name,
    file,
    remedy: "Native addons and files that are read from beside a module cannot be bundled: " +
      "do without them, or mount the plugins directory with its packages as it is.",
  });
}
