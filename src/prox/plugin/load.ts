// The modules of a prox plugin process: one file, or all of a folder.
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { GibbonError, messageOf } from "../../base/errors.ts";
import { isModuleName, isTestName } from "../../modules/names.ts";
import { brokenModule } from "../../modules/import_candidate.ts";
import { importInTime } from "../../modules/import_in_time.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { type ProxPlugin, readProxPlugin } from "./plugin.ts";

const EXTENSIONS: readonly string[] = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/** How long a module may take, in milliseconds. */
const MODULE_MS = 10_000;

/**
 * Loads the plugins of one process. All or none: one that is left out would let requests through
 * that it is there to stop.
 *
 * @param path of a file, or of a folder: then all modules right in it, in the order of their names,
 *   but tests, and those whose name begins with `.` or `_`
 * @param moduleMs how long a module may wait at its top level, in milliseconds. prox lets everything
 *   through as long as it does.
 * @throws {GibbonError} PLUGIN_DIRECTORY, PLUGIN_BROKEN, PLUGIN_INVALID
 */
export async function loadProxPlugins(
  runtime: Pick<Runtime, "importModule" | "guardProcess">,
  path: string,
  moduleMs: number = MODULE_MS,
): Promise<ProxPlugin[]> {
  runtime.guardProcess();
  const plugins: ProxPlugin[] = [];
  for (const file of await findModules(resolve(path))) {
    plugins.push(readProxPlugin(await importModule(runtime, file, moduleMs), file));
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

async function importModule(
  runtime: Pick<Runtime, "importModule">,
  file: string,
  moduleMs: number,
) {
  try {
    return await importInTime(runtime, file, undefined, moduleMs);
  } catch (error) {
    const name = basename(file, extname(file));
    throw await brokenModule({ name, file }, error, "Correct the module.");
  }
}
