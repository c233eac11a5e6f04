// `deno task test [PATH...] [--runtime NAME]... [--jobs N] [--record]`: every test file on every runtime.
import process from "node:process";
import { parseArgs } from "node:util";
import { RUNTIME_NAMES } from "./runtimes.ts";
import { findTestFiles, JOBS, runTests, type TestPlan } from "./test/run.ts";
import { verdictLine } from "./verdict.ts";

/** @throws {Error} if an argument makes no sense, or no file matches */
async function readPlan(args: readonly string[]): Promise<TestPlan> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runtime: { type: "string", multiple: true },
      record: { type: "boolean", default: false },
      jobs: { type: "string", default: String(JOBS) },
    },
  });
  const runtimes = (values.runtime ?? RUNTIME_NAMES).map((name) => {
    const known = RUNTIME_NAMES.find((runtime) => runtime === name);
    if (!known) throw new Error(`--runtime ${name}: it is one of ${RUNTIME_NAMES.join(", ")}`);
    return known;
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs ${values.jobs}: a number, 1 up`);
  return { files: await findTestFiles(positionals), runtimes, jobs, record: values.record };
}

try {
  const counts = await runTests(await readPlan(process.argv.slice(2)));
  console.log(`\n${verdictLine(counts)}`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
} catch (error) {
  console.error(`deno task test: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
