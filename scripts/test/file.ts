// Running one test file on one runtime, in a process of its own.
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { capture, type Captured } from "../command.ts";
import { type RuntimeName, runtimePath } from "../runtimes.ts";
import { readTestReport, type TestCase, type TestReport } from "./report.ts";

/**
 * How long one file may take on one runtime, in milliseconds: on two busy cores with empty caches, the
 * peers in Go take two minutes to be built.
 */
export const FILE_LIMIT_MS = 300_000;

/** What became of a test file on a runtime. */
export interface FileResult {
  readonly runtime: RuntimeName;
  readonly file: string;
  readonly cases: readonly TestCase[];
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/** The command line that runs `file` and writes a JUnit report to `report`. */
function testArgs(runtime: RuntimeName, file: string, report: string): string[] {
  switch (runtime) {
    case "node":
      return [
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
        // The report is written at the end; this says how far a file came that has none.
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        file,
      ];
    case "deno":
      return ["test", "-A", "--no-check", `--junit-path=${report}`, file];
    case "bun":
      return [
        "test",
        `--timeout=${FILE_LIMIT_MS}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        `./${file}`,
      ];
  }
}

/** What to run. */
export interface TestFile {
  readonly runtime: RuntimeName;
  /** Directory of the project. */
  readonly root: string;
  /** Path of the file from there. */
  readonly file: string;
  /** A folder for what lasts as long as the whole run. */
  readonly folder: string;
}

/** Runs a test file. */
export async function runTestFile({ runtime, root, file, folder }: TestFile): Promise<FileResult> {
  const binary = await runtimePath(runtime);
  const report = path.join(folder, `${runtime}-${file.replaceAll("/", "-")}.xml`);
  const startedAt = performance.now();
  const ran = await capture(binary, testArgs(runtime, file, report), {
    cwd: root,
    timeoutMs: FILE_LIMIT_MS,
    ownGroup: true,
    // Node strips types and compiles anew in each process; of gibbon's start that is two thirds.
    env: { NODE_COMPILE_CACHE: path.join(folder, "node") },
  });
  const ms = performance.now() - startedAt;
  const xml = await readFile(report, "utf8").catch(() => "");
  await rm(report, { force: true });
  return { runtime, file, cases: judge(readTestReport(xml), ran), ms };
}

/**
 * The report's tests, and one failed test more for what a report cannot say: a process that
 * crashed, was stopped, ended in the middle or ran no test at all.
 */
export function judge(report: TestReport, ran: Captured): readonly TestCase[] {
  const trouble = troubleOf(report, ran);
  if (trouble === undefined) return report.cases;
  const detail = `${trouble}\n${tail(ran.stdout)}${tail(ran.stderr)}`;
  return [...report.cases, { title: "(the file as a whole)", outcome: "failed", detail }];
}

const NO_TEST = "No test was reported. Bun reports none for a suite that is skipped as a whole: " +
  "skip the tests in it. Output:";

function troubleOf(report: TestReport, ran: Captured): string | undefined {
  if (ran.timedOut) {
    return `It did not end within ${FILE_LIMIT_MS / 1000} s: a test hangs, or left something open.`;
  }
  const failures = report.cases.some((test) => test.outcome === "failed");
  if (ran.code !== 0 && !failures) {
    return `The process ended with code ${ran.code} though no test failed. Its output:`;
  }
  if (ran.code === 0 && failures) return "Tests failed, and yet the process ended with code 0.";
  if (report.cases.length === 0) return NO_TEST;
  if (!failures && !report.complete) return "The process ended before its report did. Its output:";
  return undefined;
}

/** The end of an output, where what went wrong is said. */
function tail(output: string): string {
  const lines = output.trimEnd().split("\n").slice(-40);
  return lines.join("\n").trim() === "" ? "" : `${lines.join("\n")}\n`;
}
