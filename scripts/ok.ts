// `deno task ok [--no-tests]`: the whole gate. Each check counts as one, beside the tests.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { capture } from "./command.ts";
import { RUNTIME_NAMES, runtimePath } from "./runtimes.ts";
import { findTestFiles, JOBS, runTests } from "./test/run.ts";
import { type Counts, verdictLine } from "./verdict.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What is checked besides the tests: a name, and what Deno is started with. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  format: ["fmt", "--check"],
  lint: ["lint", "--quiet"],
  types: ["check", "--quiet", "."],
  layers: ["run", "-A", "scripts/layers.ts"],
  examples: ["run", "-A", "scripts/docs.ts"],
};

async function runChecks(): Promise<Counts> {
  const deno = await runtimePath("deno");
  let failed = 0;
  for (const [name, args] of Object.entries(CHECKS)) {
    const startedAt = performance.now();
    const { code, stdout, stderr } = await capture(deno, args, { cwd: ROOT });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name}  (${seconds} s)`);
    if (code === 0) continue;
    failed++;
    console.log(`${stdout}${stderr}`);
  }
  return { passed: Object.keys(CHECKS).length - failed, failed, skipped: 0 };
}

async function runAllTests(): Promise<Counts> {
  const files = await findTestFiles([]);
  return await runTests({ files, runtimes: RUNTIME_NAMES, jobs: JOBS });
}

const parts = [await runChecks()];
if (!process.argv.includes("--no-tests")) parts.push(await runAllTests());
const sum = (name: keyof Counts) => parts.reduce((total, part) => total + part[name], 0);
const counts = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
console.log(`\n${verdictLine(counts)}`);
if (counts.failed > 0) process.exitCode = 1;
