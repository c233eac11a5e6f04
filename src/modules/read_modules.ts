// The modules of a directory, each read into something; one that cannot be is told beside them.
import { setTimeout as wait } from "node:timers/promises";
import type { GibbonError } from "../base/errors.ts";
import type { ModuleNamespace, Runtime } from "../runtime/contract.ts";
import { atMost } from "../base/waiting.ts";
import { type Candidate, findPlugins, type SkippedFile } from "./find.ts";
import { importCandidate, type LoadOptions, refuseCandidate } from "./import_candidate.ts";

/** What came of a directory. */
export interface ReadModules<T> {
  /** In the order of their files' names: what `read` gave, or PLUGIN_BROKEN. */
  readonly modules: readonly { readonly file: string; readonly result: T | GibbonError }[];
  /** Of what could not even be looked at. */
  readonly problems: readonly GibbonError[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * How long a module may take before the next one is begun beside it, in milliseconds: one that waits
 * holds up none. Those that do not are imported one by one, so that it is known who does what.
 */
const ALONE_MS = 1000;

/**
 * How long nothing else is begun once a module is imported that may end the process, in milliseconds: it
 * may do so from a timer, or by a signal that arrives late.
 */
const LATE_DEED_MS = 100;

/**
 * Imports all modules of a directory, and reads what they export. From now on nothing in this process
 * may end it but gibbon itself.
 *
 * @param root absolute path of the directory
 * @param read makes something of the exports; what it throws is the module's fault
 * @throws {GibbonError} PLUGIN_DIRECTORY if there is no such directory
 */
export async function readModules<T>(
  runtime: Runtime,
  root: string,
  options: LoadOptions,
  read: (namespace: ModuleNamespace, candidate: Candidate) => T,
): Promise<ReadModules<T>> {
  const { candidates, problems, skipped } = await findPlugins(root, options.only);
  runtime.guardProcess();
  const { watch } = options;
  const first = watch?.first ?? [];
  const importing = new Map<string, Promise<T | GibbonError>>();
  for (const candidate of inOrder(candidates, first)) {
    const { file } = candidate;
    const refusal = await watch?.begins(file);
    const result = refusal === undefined
      ? importCandidate(runtime, candidate, options, (namespace) => read(namespace, candidate))
      : refuseCandidate(candidate, refusal);
    const isSuspect = first.includes(file);
    const done = isSuspect ? result.finally(() => wait(LATE_DEED_MS)) : result;
    importing.set(file, done.finally(() => watch?.ended(file)));
    await (isSuspect ? done : atMost(ALONE_MS, done));
  }
  const modules = await Promise.all(
    candidates.map(async ({ file }) => ({ file, result: await importing.get(file)! })),
  );
  return { modules, problems, skipped };
}

/** Some files before all others; those as they were. */
function inOrder(candidates: readonly Candidate[], first: readonly string[]): Candidate[] {
  const early = first.flatMap((file) => candidates.find((one) => one.file === file) ?? []);
  return [...early, ...candidates.filter(({ file }) => !first.includes(file))];
}
