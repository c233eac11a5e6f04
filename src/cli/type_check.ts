// What TypeScript has to say of plugins, where it is installed beside them.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { GibbonError, messageOf } from "../base/errors.ts";
import { foldersFrom } from "../base/folders.ts";
import type { Runtime } from "../runtime/contract.ts";

/** `plugins/auth.ts(12,3): error TS2322: Type ...`, without colours. */
const FAULT = /^(.+?)\((\d+),(\d+)\): error (TS\d+): (.*)$/;
/** A fault of the project, not of a file: `error TS18003: No inputs were found ...`. */
const PROJECT_FAULT = /^error (TS\d+): (.*)$/;

/** What the runtimes need so that they run a script. */
const RUNS: Readonly<Record<Runtime["name"], readonly string[]>> = {
  node: [],
  // TypeScript 5 is CommonJS, and says so nowhere.
  deno: ["run", "--allow-all", "--unstable-detect-cjs"],
  bun: [],
};

/**
 * Runs TypeScript's compiler on a directory of plugins, by its tsconfig.json.
 *
 * @returns what it found: PLUGIN_INVALID, with the file's line
 * @throws {GibbonError} OPTION_INVALID where there is no TypeScript, or no tsconfig.json
 */
export async function typeFaults(
  runtime: Pick<Runtime, "name" | "ownCommand" | "spawn">,
  directory: string,
): Promise<GibbonError[]> {
  const root = resolve(directory);
  const compiler = findCompiler(root, directory);
  if (!existsSync(join(root, "tsconfig.json"))) {
    throw new GibbonError("OPTION_INVALID", `There is no tsconfig.json in ${directory}`, {
      remedy: `gibbon types ${directory} makes one, and all that it needs.`,
    });
  }
  const args = [...RUNS[runtime.name], compiler, "--noEmit", "--pretty", "false", "-p", root];
  const { code, text } = await run(runtime, args, root);
  const faults = text.split(/\r?\n/).flatMap((line) => faultIn(line, root) ?? []);
  if (code !== 0 && faults.length === 0) {
    throw new GibbonError("OPTION_INVALID", `TypeScript ended with ${code}: ${text.trim()}`, {
      file: compiler,
      remedy: "Install TypeScript anew beside the plugins.",
    });
  }
  return faults;
}

function findCompiler(root: string, directory: string): string {
  for (const folder of foldersFrom(root)) {
    const compiler = join(folder, "node_modules", "typescript", "bin", "tsc");
    if (existsSync(compiler)) return compiler;
  }
  throw new GibbonError("OPTION_INVALID", `There is no TypeScript beside ${directory}`, {
    remedy: `Run npm install --prefix ${directory} --save-dev typescript.`,
  });
}

async function run(
  { ownCommand: [program], spawn }: Pick<Runtime, "ownCommand" | "spawn">,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const decoder = new TextDecoder();
  let text = "";
  const add = (bytes: Uint8Array) => void (text += decoder.decode(bytes, { stream: true }));
  // The executable is Bun, which runs scripts if it is told to; the others do not mind.
  const env = { ...process.env as Record<string, string>, BUN_BE_BUN: "1" };
  try {
    const child = await spawn(program, args, { stdout: add, stderr: add }, { cwd, env });
    child.endInput();
    return { code: (await child.exited).code, text };
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `TypeScript cannot be run: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function faultIn(line: string, root: string): GibbonError | undefined {
  const [, file, row, column, code, message] = FAULT.exec(line) ?? [];
  const remedy = "Correct the types; your editor shows the same.";
  if (file !== undefined) {
    return new GibbonError("PLUGIN_INVALID", `${code}: ${message}`, {
      file: `${resolve(root, file)}:${row}:${column}`,
      remedy,
    });
  }
  const [, projectCode, projectMessage] = PROJECT_FAULT.exec(line) ?? [];
  if (projectCode === undefined) return undefined;
  return new GibbonError("PLUGIN_INVALID", `${projectCode}: ${projectMessage}`, {
    file: join(root, "tsconfig.json"),
    remedy,
  });
}
