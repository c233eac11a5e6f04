// gibbon as a process: the command line on the runtime that runs the test, or the executable.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type Ended,
  scriptCommand,
  type Started,
  type StartOptions,
  startProcess,
} from "./process.ts";

export { makeFolder } from "./folder.ts";
export type { Started } from "./process.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Whether that gibbon can bundle: on Bun, and in the executable. */
export const HAS_BUNDLER = process.versions.bun !== undefined ||
  process.env.TESTED_GIBBON !== undefined;

/** Why what needs a bundler is skipped. */
export const NO_BUNDLER = "this runtime has no bundler";

/** Program and arguments that start gibbon; TESTED_GIBBON names one to use instead. */
export function gibbonCommand(): string[] {
  const { TESTED_GIBBON } = process.env;
  return TESTED_GIBBON ? [TESTED_GIBBON] : scriptCommand(MAIN);
}

/**
 * Writes a script that is gibbon, for what takes one path: kong.conf.
 *
 * @param folder where it goes
 * @returns its path
 */
export async function writeGibbonScript(folder: string): Promise<string> {
  const path = join(folder, "gibbon");
  const words = gibbonCommand().map((word) => `'${word}'`).join(" ");
  await writeFile(path, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return path;
}

/** How to start gibbon: `command` is another program that is to be it. */
export interface GibbonOptions extends StartOptions {
  readonly command?: readonly string[];
}

/** Starts gibbon. */
export function startGibbon(args: readonly string[], options: GibbonOptions = {}): Started {
  return startProcess([...options.command ?? gibbonCommand(), ...args], options);
}

/** Runs gibbon to its end. */
export async function runGibbon(
  args: readonly string[],
  options?: GibbonOptions,
): Promise<Ended> {
  return await startGibbon(args, options).ended;
}
