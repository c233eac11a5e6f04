// gibbon test: runs the tests of plugins, with nothing but this program.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { GibbonError, messageOf } from "../base/errors.ts";
import type { Runtime } from "../runtime/contract.ts";
import { findTests } from "../testing/find_tests.ts";
import type { CommandContext } from "./context.ts";
import { stopReason } from "./lifecycle.ts";
import {
  BUILT_PRELOAD,
  PRELOAD,
  RUNNER_MARK,
  type TestCommand,
  testCommand,
} from "./test_runner.ts";

/**
 * Runs tests; the report is the runner's.
 *
 * @returns the exit code: the runner's, and 1 if there are no tests
 * @throws {GibbonError} OPTION_INVALID for a path that leads nowhere; CALL_FAILED if the runner cannot
 * be started
 */
export async function run({ runtime, paths, options, output }: CommandContext): Promise<number> {
  refuseItself();
  const searched = paths.length === 0 ? ["."] : paths;
  const files = findTests(searched);
  if (files.length === 0) {
    output.note(
      `gibbon: there are no tests in ${searched.join(", ")}. ` +
        "A test is a file with a name such as auth.test.ts; gibbon/testing is the kit for it.",
    );
    return 1;
  }
  const { testWatch: watch = false, testName: name } = options;
  const folder = await makeFolder();
  try {
    const preload = await preloadFile(runtime, folder);
    const report = join(folder, "report.xml");
    const code = await start(
      runtime,
      testCommand(runtime, { files, preload, report, watch, name }),
    );
    if (code !== 0 || watch || await hasTests(report, files)) return code;
    const named = name === undefined ? "" : ` with "${name}" in its name`;
    output.note(`gibbon: no test ran: there is none${named} in ${searched.join(", ")}`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An executable that is no runner of tests starts itself in the place of one, and that one itself. */
function refuseItself(): void {
  if (process.env[RUNNER_MARK] === undefined) return;
  throw new GibbonError("CALL_FAILED", `${process.execPath} is no runner of tests`, {
    file: process.execPath,
    remedy: "Use gibbon's executable as Bun compiles it, or run the tests from the sources.",
  });
}

/** A folder for what is needed while the tests run. */
async function makeFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "gibbon-test-"));
  } catch (error) {
    const message = `no folder can be made in ${tmpdir()}: ${messageOf(error)}`;
    throw new GibbonError("CALL_FAILED", message, {
      file: tmpdir(),
      remedy: "Set TMPDIR to a directory that this user may write to.",
      cause: error,
    });
  }
}

/** The module that is loaded first: the executable's own has to be put where Bun finds it. */
async function preloadFile({ embedded }: Runtime, folder: string): Promise<string> {
  const built = await embedded?.(BUILT_PRELOAD);
  if (built === undefined) return PRELOAD;
  const file = join(folder, "preload.js");
  await writeFile(file, built);
  return file;
}

/**
 * Whether a report has a test that was not left out. For Node a file without any is one that has passed.
 *
 * @param files which are no tests by themselves
 */
async function hasTests(report: string, files: readonly string[]): Promise<boolean> {
  const xml = await readFile(report, "utf8").catch(() => "");
  const [, ...cases] = xml.split("<testcase ");
  return cases.some((text) => {
    const name = /name="([^"]*)"/.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    return !text.includes("<skipped") && !files.includes(name);
  });
}

/** Runs the runner to its end, or until this process is told to stop. */
async function start(runtime: Runtime, { program, args, env, cwd }: TestCommand): Promise<number> {
  const silent = { stdout: () => {}, stderr: () => {} };
  const own = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]]
  );
  const all = { ...Object.fromEntries(own), ...env };
  const stopping = stopReason(false);
  try {
    const child = await runtime.spawn(program, args, silent, {
      ownStdout: true,
      ownStderr: true,
      env: all,
      ...cwd === undefined ? {} : { cwd },
    });
    child.endInput();
    void stopping.then(() => child.kill("SIGTERM"));
    const { code } = await child.exited;
    return code ?? 1;
  } catch (error) {
    const message = `the runner of the tests cannot be started: ${messageOf(error)}`;
    throw new GibbonError("CALL_FAILED", message, {
      file: program,
      remedy: "Look at the permissions of the program, and at the system's limits of processes.",
      cause: error,
    });
  }
}
