// Loads plugins out of a fresh folder that a test writes.
import { join } from "node:path";
import * as valibot from "valibot";
import * as gibbon from "../../../mod.ts";
import { type LoadOptions, loadPlugins, type LoadResult } from "../../../src/kong/loader/load.ts";
import { detectRuntime } from "../../../src/runtime/detect.ts";
import { withFolder, writeFiles } from "../../support/folder.ts";

export const runtime = await detectRuntime();
runtime.provideModules({
  gibbon: { ...gibbon },
  valibot: { ...valibot },
  "kong-pdk": {},
  "kong-pdk/kong": { default: undefined },
});

/** What was loaded, with the folder's path taken off wherever it stands. */
export interface Loaded extends LoadResult {
  /** Plugins' names. */
  readonly names: readonly string[];
  /** Each problem as `CODE file: message`. */
  readonly lines: readonly string[];
  /** Each skipped file as `file: reason`. */
  readonly passed: readonly string[];
}

/** Loads a folder, with what its files say in relative paths. */
export async function loadFolder(folder: string, options?: LoadOptions): Promise<Loaded> {
  const result = await loadPlugins(runtime, folder, options);
  const short = (text: string | undefined) => (text ?? "").replaceAll(join(folder, "/"), "");
  return {
    ...result,
    names: result.plugins.map(({ name }) => name),
    lines: result.problems.map(({ code, file, message }) =>
      `${code} ${short(file)}: ${short(message)}`
    ),
    passed: result.skipped.map(({ file, reason }) => `${short(file)}: ${reason}`),
  };
}

/** Writes files into a fresh folder, loads them, and lets `use` look at the plugins. */
export async function load(
  files: Readonly<Record<string, string>>,
  use: (loaded: Loaded, folder: string) => unknown = () => {},
  options?: LoadOptions,
): Promise<Loaded> {
  let loaded: Loaded | undefined;
  await withFolder(async (folder) => {
    await writeFiles(folder, files);
    loaded = await loadFolder(folder, options);
    await use(loaded, folder);
  });
  return loaded as Loaded;
}
