// Running test files on the runtimes, a few at a time, and printing what became of them.
import { glob, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { reapFolder } from "../../tests/support/reaper.ts";
import { RUNTIME_NAMES, type RuntimeName, runtimePath } from "../runtimes.ts";
import { type FileResult, runTestFile } from "./file.ts";
import { longestFirst, readSeconds, recordSeconds } from "./order.ts";
import { forbidSkips } from "./skips.ts";
import type { Counts } from "../verdict.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What to run. */
export interface TestPlan {
  readonly files: readonly string[];
  readonly runtimes: readonly RuntimeName[];
  /** Processes at once. */
  readonly jobs: number;
  /** Whether to write down how long each file took, for the order of later runs. */
  readonly record?: boolean;
}

/**
 * Test files whose path contains one of `parts`; all of them if there are none.
 *
 * @throws {Error} if there is none
 */
export async function findTestFiles(parts: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for await (
    const file of glob(["tests/**/*.test.ts", "{examples,templates}/**/*.test.ts"], { cwd: ROOT })
  ) {
    const name = file.split(path.sep).join("/");
    if (parts.length === 0 || parts.some((part) => name.includes(part))) files.push(name);
  }
  if (files.length === 0) throw new Error(`no test file matches ${parts.join(" ")}`);
  return files.sort();
}

/** Processes at once unless told otherwise: many tests wait for others' time limits, not for a processor. */
export const JOBS = Math.ceil(1.5 * os.availableParallelism());

/** Runs tests, prints each file when it is through, and at the end what was skipped and what failed. */
export async function runTests(plan: TestPlan): Promise<Counts> {
  // One after the other: npx does not like company while it installs.
  for (const runtime of plan.runtimes) await runtimePath(runtime);
  const work = await mkdtemp(path.join(os.tmpdir(), "gibbon-test-"));
  reapFolder(work);
  try {
    const results = await runAll(plan, work);
    if (plan.record) recordSeconds(secondsOf(results));
    printSkipped(results);
    printFailed(results);
    return {
      passed: count(results, "passed"),
      failed: count(results, "failed"),
      skipped: count(results, "skipped"),
    };
  } finally {
    await rm(work, { recursive: true });
  }
}

async function runAll(plan: TestPlan, folder: string): Promise<FileResult[]> {
  const runs = longestFirst(
    plan.files.flatMap((file) => plan.runtimes.map((runtime) => ({ file, runtime }))),
    readSeconds(),
  );
  const isCi = process.env["CI"] === "true";
  const results: FileResult[] = [];
  let next = 0;
  const work = async () => {
    for (let run = runs[next++]; run; run = runs[next++]) {
      const result = await runTestFile({ ...run, root: ROOT, folder });
      results.push(isCi ? forbidSkips(result) : result);
      const ofFile = results.filter((result) => result.file === run.file);
      if (ofFile.length === plan.runtimes.length) printFile(run.file, ofFile);
    }
  };
  await Promise.all(Array.from({ length: plan.jobs }, work));
  return results;
}

/** Of each file, on the runtime that took longest. */
function secondsOf(results: readonly FileResult[]): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const { file, ms } of results) {
    seconds.set(file, Math.max(seconds.get(file) ?? 0, ms / 1000));
  }
  return seconds;
}

function count(results: readonly FileResult[], outcome: "passed" | "failed" | "skipped"): number {
  return results.flatMap(({ cases }) => cases).filter((test) => test.outcome === outcome).length;
}

function printFile(file: string, results: readonly FileResult[]): void {
  const verdict = count(results, "failed") > 0 ? "FAILED" : "ok";
  const parts = RUNTIME_NAMES.flatMap((name) => results.filter(({ runtime }) => runtime === name))
    .map((result) => `${result.runtime} ${count([result], "passed")}`);
  const seconds = Math.max(...results.map(({ ms }) => ms)) / 1000;
  console.log(`${verdict.padEnd(6)} ${file}  ${parts.join(", ")}  (${seconds.toFixed(1)} s)`);
  for (const { runtime, cases } of results) {
    for (const { title, outcome, detail } of cases) {
      if (outcome === "failed") console.log(indent(`FAILED on ${runtime}: ${title}`, detail));
    }
  }
}

function indent(headline: string, detail: string): string {
  const lines = detail.split("\n").map((line) => `         ${line}`.trimEnd());
  return `       ${headline}\n${lines.join("\n")}`;
}

function printFailed(results: readonly FileResult[]): void {
  if (count(results, "failed") === 0) return;
  console.log("\nFailed:");
  for (const { runtime, file, cases } of results) {
    for (const { title, outcome } of cases) {
      if (outcome === "failed") console.log(`  ${file} on ${runtime}: ${title}`);
    }
  }
}

/**
 * Prints each skipped test once, with its reason. Node's report alone has that; where only others
 * skip, the title says it.
 */
function printSkipped(results: readonly FileResult[]): void {
  const reasons = new Map<string, string>();
  for (const { runtime, file, cases } of results) {
    for (const { title, outcome, detail } of cases) {
      const name = `${file}: ${title}`;
      if (outcome !== "skipped") continue;
      if (runtime === "node" || !reasons.has(name)) reasons.set(name, detail);
    }
  }
  if (reasons.size === 0) return;
  console.log("\nSkipped:");
  for (const [name, reason] of reasons) console.log(`  ${name}${reason && `: ${reason}`}`);
}
