// What each test reaches and how long it takes: measured once, before any mutant is on.
import type { MeasuredTest } from "./orders.ts";
import { Runner } from "./runner.ts";
import type { Sandbox } from "./sandbox.ts";

/** A test that can kill mutants. */
export interface UsableTest {
  readonly file: string;
  /** Its place among the tests of the file. */
  readonly at: number;
  readonly ms: number;
  /** Whether it passes only once a process. */
  readonly onlyOnce: boolean;
  /** How often it comes by each mutant. */
  readonly hits: ReadonlyMap<number, number>;
}

/** What was found out. */
export interface Measured {
  readonly tests: readonly UsableTest[];
  /** Mutants in code that runs while modules are loaded: the files whose loading runs it. */
  readonly loading: ReadonlyMap<number, readonly string[]>;
  /** Mutants in code that runs once a process. */
  readonly once: ReadonlySet<number>;
  /** Tests that cannot be used, with the reason. */
  readonly unusable: readonly string[];
}

/** How long one file may take, in milliseconds. */
const FILE_LIMIT_MS = 180_000;

/**
 * Measures test files, each in a process of its own.
 *
 * @param jobs processes at once
 * @param say told of each file
 */
export async function measureTests(
  sandbox: Sandbox,
  files: readonly string[],
  jobs: number,
  say: (line: string) => void,
): Promise<Measured> {
  const tests: UsableTest[] = [];
  const loading = new Map<number, string[]>();
  const once = new Set<number>();
  const unusable: string[] = [];
  const queue = files[Symbol.iterator]();
  const work = async () => {
    for (const file of queue) {
      const startedAt = performance.now();
      const runner = await Runner.start(sandbox);
      const reply = await runner.ask({ kind: "measure", file }, FILE_LIMIT_MS);
      await runner.end();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      say(`measured ${file} in ${seconds} s`);
      if (reply.kind !== "measured" || reply.trouble) {
        unusable.push(`${file}: ${"trouble" in reply ? reply.trouble : `it ${reply.kind}`}`);
        continue;
      }
      for (const [id] of reply.loading) loading.set(id, [...loading.get(id) ?? [], file]);
      for (const [at, test] of reply.tests.entries()) {
        if (test.trouble) unusable.push(`${file}: ${test.name}: ${test.trouble.split("\n")[0]}`);
        else tests.push(usable(file, at, test));
        for (const id of test.trouble || test.onlyOnce ? [] : test.once) once.add(id);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return { tests, loading, once, unusable };
}

function usable(file: string, at: number, { ms, onlyOnce, hits }: MeasuredTest): UsableTest {
  return { file, at, ms, onlyOnce, hits: new Map(hits) };
}
