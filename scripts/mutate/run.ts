// A mutation run: from rooms to results.
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { type Fate, hunt } from "./hunt.ts";
import { measureTests } from "./measure.ts";
import { makeMutants, type Mutant } from "./mutants.ts";
import { planFor } from "./plan.ts";
import { distancesFrom, readGraph } from "./reach.ts";
import type { Result } from "./report.ts";
import { sample } from "./sample.ts";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** What to do. */
export interface MutateOptions {
  /** The project's directory. */
  readonly project: string;
  /** Folders and files of src/, with or without that in front. */
  readonly rooms: readonly string[];
  /** Processes at once. */
  readonly jobs: number;
  /** How many mutants to try; all if left out. */
  readonly sample?: number | undefined;
  readonly seed: number;
  /** Parts of the paths of the test files that may run; all if there are none. */
  readonly tests: readonly string[];
  /** Parts of the paths of test files that are not run. */
  readonly leaveOut: readonly string[];
  /** Whether each mutant gets a process of its own. */
  readonly isolate: boolean;
  /** Told what goes on, in lines. */
  readonly say: (line: string) => void;
  /** Told of each mutant. */
  readonly report: (mutant: Mutant, fate: Fate) => void;
  /** Given the copy of the project once it is there, so that a signal can remove it. */
  readonly opened?: (sandbox: Sandbox) => void;
}

/** Code that a tool has written is not ours to test. */
const GENERATED = "/generated/";

/**
 * Tries the mutants of some rooms.
 *
 * @throws {Error} if there is no such room, or no test can be used
 */
export async function mutate(options: MutateOptions): Promise<Result[]> {
  const sources = await readModules(options.project);
  const targets = chooseTargets(sources, options.rooms);
  const { all, instrumented } = chooseMutants(targets, options);
  const graph = readGraph(sources);
  const distances = new Map(
    [...sources.keys()].filter((file) => file.endsWith(".test.ts"))
      .filter((file) => isWanted(file, options))
      .map((file) => [file, distancesFrom(file, graph)]),
  );
  const files = [...distances].filter(([, reached]) => all.some(({ file }) => reached.has(file)))
    .map(([file]) => file);
  options.say(`${all.length} mutants in ${instrumented.size} files, ${files.length} test files`);

  const sandbox = await makeSandbox(options.project, instrumented);
  options.opened?.(sandbox);
  try {
    const measured = await measureTests(sandbox, files, options.jobs, options.say);
    options.say(`${measured.tests.length} tests can be used`);
    for (const line of measured.unusable) options.say(`left out: ${line}`);
    if (measured.tests.length === 0) throw new Error("no test can be used");
    const results: Result[] = [];
    await hunt(all, {
      ...options,
      sandbox,
      planFor: (mutant) =>
        planFor(mutant, measured, (file) => distances.get(file)?.get(mutant.file) ?? Infinity),
      report(mutant, fate) {
        results.push({ mutant, fate });
        options.report(mutant, fate);
      },
    });
    return results.sort((a, b) => a.mutant.id - b.mutant.id);
  } finally {
    sandbox.remove();
  }
}

function isWanted(file: string, { tests, leaveOut }: MutateOptions): boolean {
  if (leaveOut.some((part) => file.includes(part))) return false;
  return tests.length === 0 || tests.some((part) => file.includes(part));
}

async function readModules(project: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const found of glob(["mod.ts", "{src,scripts,tests}/**/*.ts"], { cwd: project })) {
    const file = found.split(path.sep).join("/");
    files.set(file, await readFile(path.join(project, file), "utf8"));
  }
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

function chooseTargets(
  sources: ReadonlyMap<string, string>,
  rooms: readonly string[],
): Map<string, string> {
  const chosen = rooms.flatMap((room) => {
    const name = `src/${room.replace(/^src\//, "").replace(/\/$/, "")}`;
    const files = [...sources.keys()].filter((file) =>
      (file === name || file.startsWith(`${name}/`)) && !file.includes(GENERATED)
    );
    if (files.length === 0) throw new Error(`${room}: there is no such room or file in src/`);
    return files;
  });
  return new Map([...new Set(chosen)].map((file) => [file, sources.get(file)!]));
}

function chooseMutants(targets: ReadonlyMap<string, string>, options: MutateOptions) {
  const everything = makeMutants(targets);
  if (options.sample === undefined) return { ...everything, instrumented: everything.sources };
  const chosen = sample(options.sample, everything.all.length, options.seed);
  const { all, sources } = makeMutants(targets, (id) => chosen.has(id));
  return { all, instrumented: sources };
}
