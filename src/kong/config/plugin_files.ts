// The files of a plugins directory, as a ConfigMap carries them.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { isHiddenName } from "../../modules/names.ts";
import type { Files } from "./manifests.ts";

/** What Kubernetes takes, with room for the manifest around it, in bytes: of 1 MiB. */
const MAX_BYTES = 900 * 1024;
const CONFIG_MAP_KEY = /^[-._a-zA-Z0-9]+$/;

/**
 * Reads the files. A package folder (`node_modules`) or any other folder does not fit a ConfigMap.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export async function readPluginFiles(directory: string): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    const found = await stat(path);
    const isFolder = found.isDirectory();
    if (isHiddenName(name) && !(isFolder && name === "node_modules")) continue;
    if (isFolder) throw tooMuch(`${path} is a folder`);
    if (!found.isFile()) throw tooMuch(`${path} is no file`);
    if (!CONFIG_MAP_KEY.test(name)) throw tooMuch(`${JSON.stringify(name)} can be no key in it`);
    const content = await readFile(path);
    bytes += content.length;
    files.set(name, content);
  }
  if (bytes > MAX_BYTES) throw tooMuch(`the files have ${bytes} bytes, and ${MAX_BYTES} fit`);
  return files;
}

function tooMuch(why: string): GibbonError {
  return new GibbonError("OPTION_INVALID", `The plugins do not fit a ConfigMap: ${why}`, {
    remedy: "Put them on a volume, and name its claim with --volume-claim.",
  });
}
