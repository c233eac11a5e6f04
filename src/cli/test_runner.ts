// How the tests of plugins are run: the runtime's own runner, with what it has to be told.
import { dirname, extname, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtime/contract.ts";

/** What is to be run. */
export interface TestRun {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Path of a module that is loaded before the tests. */
  readonly preload: string;
  /** Path of a report for programs, beside the one for people: JUnit's XML. */
  readonly report: string;
  /** Whether all is run again when a file changes. */
  readonly watch: boolean;
  /** A text that the names of tests have to have. */
  readonly name: string | undefined;
}

/** What a build calls the module that is loaded first, in the executable. */
export const BUILT_PRELOAD = "test-preload.asset";

/** The same in the sources, and in the npm package: TypeScript there, JavaScript here. */
export const PRELOAD = fileURLToPath(
  new URL(`./test_preload${extname(import.meta.url)}`, import.meta.url),
);

/** The project's configuration, by which Deno knows what the tests import. */
const DENO_CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** How long one test may take with Bun, in milliseconds; the others set no limit. */
const BUN_TEST_MS = 60_000;

/** A program, what it is started with, and what is added to its environment. */
export interface TestCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it is started, if not here. */
  readonly cwd?: string;
}

/** The command that runs tests. */
export function testCommand(
  { name: runtime, ownCommand: [program] }: Pick<Runtime, "name" | "ownCommand">,
  run: TestRun,
): TestCommand {
  const command = { program, args: ARGS[runtime](run) };
  if (runtime !== "bun") return { ...command, env: MARK };
  // Bun watches what is below its directory, and nothing else.
  const isHere = run.files.every((file) => isBelow(process.cwd(), file));
  const elsewhere = run.watch && !isHere ? { cwd: commonFolder(run.files) } : {};
  return { ...command, env: BE_BUN, ...elsewhere };
}

const isBelow = (folder: string, file: string) => !relative(folder, file).startsWith("..");

/** The deepest folder that has all files in it, or below. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] as string);
  while (!files.every((file) => isBelow(folder, file))) folder = dirname(folder);
  return folder;
}

/** Stands in the environment of the runner, and is gone before the tests. */
export const RUNNER_MARK = "GIBBON_TEST_RUNNER";

const MARK = { [RUNNER_MARK]: "1" };

/** Makes the executable Bun's own command line; Bun itself does not mind. */
const BE_BUN = { ...MARK, BUN_BE_BUN: "1" };

const ARGS: Readonly<Record<Runtime["name"], (run: TestRun) => string[]>> = {
  node: ({ files, preload, report, watch, name }) => [
    "--disable-warning=ExperimentalWarning",
    `--import=${preload}`,
    "--test",
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
    // In one process, as with the others: with one for each file, a file counts as a test. It cannot watch.
    watch ? "--watch" : "--test-isolation=none",
    ...name === undefined ? [] : [`--test-name-pattern=${literal(name)}`],
    ...files,
  ],
  deno: ({ files, preload, report, watch, name }) => [
    "test",
    "--allow-all",
    "--no-check",
    `--config=${DENO_CONFIG}`,
    `--preload=${preload}`,
    `--junit-path=${report}`,
    ...watch ? ["--watch"] : [],
    ...name === undefined ? [] : [`--filter=${name}`],
    ...files,
  ],
  bun: ({ files, preload, report, watch, name }) => [
    "test",
    `--preload=${preload}`,
    ...["--reporter=junit", `--reporter-outfile=${report}`],
    // As where plugins are served: nothing is fetched, and no file beside them sets the environment.
    ...["--no-install", "--no-env-file"],
    `--timeout=${BUN_TEST_MS}`,
    ...watch ? ["--watch"] : [],
    ...name === undefined ? [] : [`--test-name-pattern=${literal(name)}`],
    ...files,
  ],
};

/** A regular expression that finds a text. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
