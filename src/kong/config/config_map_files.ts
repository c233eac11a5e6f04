// The files of a ConfigMap: of a plugins directory, and bundles of its plugins.
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { type Entry, tooMuch } from "./carried.ts";
import type { Files } from "./manifests.ts";

/** What a ConfigMap holds, in bytes, with all that is around the files. Source: Kubernetes. */
export const CONFIG_MAP_BYTES = 1024 * 1024;
/** What is left of it for files, beside the manifest. */
const MAX_BYTES = CONFIG_MAP_BYTES - 124 * 1024;
const CONFIG_MAP_KEY = /^[-._a-zA-Z0-9]+$/;

/**
 * Reads them.
 *
 * @param entries files of the directory
 * @param bundles texts by their file name
 * @throws {GibbonError} OPTION_INVALID for what fits none
 */
export async function configMapFiles(
  directory: string,
  entries: readonly Entry[],
  bundles: ReadonlyMap<string, string>,
): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for (const { name } of entries) files.set(name, await readFile(join(directory, name)));
  for (const [name, text] of bundles) files.set(name, new TextEncoder().encode(text));
  for (const name of files.keys()) {
    if (!CONFIG_MAP_KEY.test(name)) throw tooMuch(`${JSON.stringify(name)} can be no key in it`);
  }
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  if (bytes > MAX_BYTES) throw tooMuch(`the files have ${bytes} bytes, and ${MAX_BYTES} fit`);
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}
