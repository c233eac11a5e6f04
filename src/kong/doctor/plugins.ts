// The plugins that a server runs, held against the directory that they come from.
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { isHiddenName } from "../../modules/names.ts";
import { loadPlugins, type LoadResult } from "../loader/load.ts";
import type { Runtime } from "../../runtime/contract.ts";
import type { ServerStatus } from "../protocol/ask.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const RESTART = "Restart it; with gibbon serve --watch it would notice by itself.";

/** Says what a server runs. */
export function listPlugins(path: string, status: ServerStatus): Finding {
  const plugins = Object.entries(status.Plugins ?? {}).map(([name, { Instances }]) =>
    `${name} (${Instances?.length ?? 0} instances)`
  );
  if (plugins.length > 0) return ok(path, `it runs ${plugins.join(", ")}`);
  return problem(path, "it runs no plugin", "Check its directory with gibbon check.");
}

/** A plugins directory, looked at. */
export interface PluginDirectory {
  readonly path: string;
  readonly findings: readonly Finding[];
  /** Undefined if it cannot be read. */
  readonly loaded?: LoadResult;
}

/** Checks a directory by itself: what cannot be loaded. */
export async function checkDirectory(
  runtime: Runtime,
  directory: string,
): Promise<PluginDirectory> {
  const path = directory;
  try {
    const loaded = await loadPlugins(runtime, directory);
    const { plugins, problems } = loaded;
    const names = plugins.map(({ name }) => name).join(", ") || "none";
    const summary = plugins.length > 0
      ? ok(directory, `plugins that can be loaded: ${names}`)
      : problem(directory, "there is no plugin that can be loaded", "See gibbon check.");
    const broken = problems.map(({ code, message, file, remedy }) =>
      problem(file ?? directory, `${code}: ${message}`, remedy ?? "See gibbon check.")
    );
    return { path, findings: [summary, ...broken], loaded };
  } catch (error) {
    if (!(error instanceof GibbonError)) throw error;
    return {
      path,
      findings: [problem(directory, error.message, error.remedy ?? "See gibbon check.")],
    };
  }
}

/** Whether a server runs what the directory has, as it is now. */
export async function comparePlugins(
  path: string,
  status: ServerStatus,
  directory: string,
  { plugins }: LoadResult,
): Promise<Finding[]> {
  const running = status.Plugins ?? {};
  const there = new Set(plugins.map(({ name }) => name));
  const missing = [...there].filter((name) => !Object.hasOwn(running, name));
  const gone = Object.keys(running).filter((name) => !there.has(name));
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const text = `it does not run ${missing.join(", ")} of ${directory}`;
    findings.push(problem(path, text, `It may have another directory. ${RESTART}`));
  }
  if (gone.length > 0) {
    const text = `it runs ${gone.join(", ")}, not to be loaded from ${directory}`;
    findings.push(warning(path, text, `It may have another directory. ${RESTART}`));
  }
  const times = Object.values(running).flatMap(({ LoadTime }) => LoadTime ?? []);
  const changed = times.length === 0 ? [] : await changedSince(directory, Math.min(...times));
  if (changed.length > 0) {
    const names = changed.map((file) => relative(directory, file)).join(", ");
    findings.push(warning(path, `files have changed since it loaded them: ${names}`, RESTART));
  }
  return findings.length > 0 ? findings : [ok(path, `it runs what ${directory} has, as it is`)];
}

/** Files that are newer than a time, in Unix seconds; not those of packages. */
async function changedSince(directory: string, seconds: number): Promise<string[]> {
  const changed: string[] = [];
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((each) => !isHiddenName(each)).sort()) {
    const file = join(directory, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) changed.push(...await changedSince(file, seconds));
    else if (found && Math.floor(found.mtimeMs / 1000) > Math.floor(seconds)) changed.push(file);
  }
  return changed;
}
