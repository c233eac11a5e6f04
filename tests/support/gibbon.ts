// gibbon as a process: the command line on the runtime that runs the test, or the executable.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mkdir } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Program and arguments that start gibbon; GIBBON_EXECUTABLE names one to use instead. */
export function gibbonCommand(): string[] {
  const { GIBBON_EXECUTABLE } = process.env;
  if (GIBBON_EXECUTABLE) return [GIBBON_EXECUTABLE];
  const onDeno = "Deno" in globalThis;
  return [process.execPath, ...(onDeno ? ["run", "-A", "--no-check"] : []), MAIN];
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

/** A process that was started. */
export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Sends a signal. (Deno's `child.kill` makes every end look like one by that signal.) */
  readonly signal: (name: "SIGTERM" | "SIGINT" | "SIGKILL") => void;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Settles when stderr has a text; rejects if the process ends before. */
  saying(text: string | RegExp): Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: Uint8Array }>;
}

/** Starts gibbon. */
export function startGibbon(
  args: readonly string[],
  options: { cwd?: string; command?: readonly string[]; env?: Record<string, string> } = {},
): Started {
  const [program, ...before] = options.command ?? gibbonCommand();
  const child = spawn(program!, [...before, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout: Uint8Array[] = [];
  let stderr = "";
  let over = false;
  const waiting: (() => void)[] = [];
  const wake = () => waiting.splice(0).forEach((resolve) => resolve());
  child.stdout!.on("data", (bytes) => stdout.push(bytes));
  child.stderr!.on("data", (bytes) => {
    stderr += bytes;
    wake();
  });
  const ended = new Promise<Awaited<Started["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      over = true;
      wake();
      resolve({ code, signal, stdout: Buffer.concat(stdout) });
    });
  });
  return {
    child,
    pid: child.pid!,
    signal: (name) => void process.kill(child.pid!, name),
    stdout: () => Buffer.concat(stdout).toString(),
    stderr: () => stderr,
    async saying(text) {
      while (!(typeof text === "string" ? stderr.includes(text) : text.test(stderr))) {
        if (over) throw new Error(`gibbon ended without saying ${text}:\n${stderr}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    ended,
  };
}

/** Runs gibbon to its end. */
export async function runGibbon(
  args: readonly string[],
  options?: Parameters<typeof startGibbon>[1],
) {
  const started = startGibbon(args, options);
  const { code } = await started.ended;
  return {
    code,
    stdout: started.stdout(),
    stderr: started.stderr(),
    bytes: (await started.ended).stdout,
  };
}

/** A temporary folder with files in it; `remove` takes it away. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}) {
  const path = await mkdtemp(join(tmpdir(), "gibbon-test-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
