// Running other programs: with their output captured, or passed through.
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { forgetGroup, prepareReaper, reapGroup } from "../tests/support/reaper.ts";

/** What became of a program whose output was captured. */
export interface Captured {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was killed because its time was over. */
  readonly timedOut: boolean;
}

/** How to run a program. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Variables to set on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how many milliseconds the program is ended; never, if left out. */
  readonly timeoutMs?: number;
  /**
   * Whether it gets a process group of its own, which is killed when the program has ended, and when
   * this process is gone.
   */
  readonly ownGroup?: boolean;
}

/** This process's environment and `extra`, with colours off: what is captured is to be read. */
function plainEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", ...extra };
  delete env["FORCE_COLOR"];
  return env;
}

/** Has a program's group killed, at its end or at ours. */
function keepGroup(child: ChildProcess, id: number): void {
  reapGroup(id);
  child.once("exit", () => {
    try {
      process.kill(-id, "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
    forgetGroup(id);
  });
}

/** How long a program has after SIGINT before it is killed, in milliseconds. */
const LAST_WORDS_MS = 3000;

/**
 * Runs a program to its end, without input.
 *
 * @throws {Error} if it cannot be started
 */
export function capture(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Captured> {
  if (options.ownGroup) prepareReaper();
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: plainEnv(options.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.ownGroup ?? false,
  });
  if (options.ownGroup && child.pid !== undefined) keepGroup(child, child.pid);
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  child.stdout.on("data", (bytes: Uint8Array) => out.push(bytes));
  child.stderr.on("data", (bytes: Uint8Array) => err.push(bytes));
  let timedOut = false;
  let timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    // Test runners say on SIGINT what they were waiting for.
    child.kill("SIGINT");
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      // Children of the child may hold the pipes open for as long as they like.
      child.stdout.destroy();
      child.stderr.destroy();
    }, LAST_WORDS_MS);
  }, options.timeoutMs);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      const text = (chunks: Uint8Array[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ code, stdout: text(out), stderr: text(err), timedOut });
    });
  });
}

/**
 * Runs a program to its end with its output on ours.
 *
 * @returns its exit code; 1 if a signal ended it
 * @throws {Error} if it cannot be started
 */
export function passThrough(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<number> {
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
