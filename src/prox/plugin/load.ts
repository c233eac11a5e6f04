// The modules of a prox plugin process: one file, or all of a folder.
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { GibbonError, messageOf } from "../../base/errors.ts";
import { isModuleName, isTestName } from "../../modules/names.ts";
import { importChecked } from "../../modules/import_checked.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { type ProxPlugin, readProxPlugin } from "./plugin.ts";

const EXTENSIONS: readonly string[] = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/**
 * Loads the plugins of one process. All or none: one that is left out would let requests through
 * that it is there to stop.
 *
 * @param path of a file, or of a folder: then all modules right in it, in the order of their names,
 *   but tests, and those whose name begins with `.` or `_`
 * @throws {GibbonError} PLUGIN_DIRECTORY, PLUGIN_BROKEN, PLUGIN_INVALID
 */
export async function loadProxPlugins(
  runtime: Pick<Runtime, "importModule" | "guardProcess">,
  path: string,
): Promise<ProxPlugin[]> {
  runtime.guardProcess();
  const plugins: ProxPlugin[] = [];
  for (const file of await findModules(resolve(path))) {
    plugins.push(readProxPlugin(await importModule(runtime, file), file));
  }
  return plugins;
}

async function findModules(path: string): Promise<string[]> {
  const found = await stat(path).catch((error) => {
    throw new GibbonError("PLUGIN_DIRECTORY", `Cannot read ${path}: ${messageOf(error)}`, {
      remedy: "Name a plugin's file, or a folder of them.",
      cause: error,
    });
  });
  if (!found.isDirectory()) return [await realpath(path)];
  const names = (await readdir(path)).filter(isModule).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new GibbonError("PLUGIN_DIRECTORY", `There is no plugin in ${path}`, {
    remedy: `Plugins are files that end in ${EXTENSIONS.join(", ")}.`,
  });
}

function isModule(name: string): boolean {
  return isModuleName(name) && !isTestName(name) && !/^[._]/.test(name);
}

async function importModule(runtime: Pick<Runtime, "importModule">, file: string) {
  try {
    return await importChecked(runtime, file);
  } catch (error) {
    throw new GibbonError("PLUGIN_BROKEN", `${file} cannot be loaded: ${messageOf(error)}`, {
      file,
      cause: error,
    });
  }
}
