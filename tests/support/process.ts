// The one way to start a process in a test. What is started is gone when the test process is: see
// reaper.ts. What should be gone after each test is started by a Workspace (workspace.ts).
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { StringDecoder } from "node:string_decoder";
import { forgetGroup, prepareReaper, reapGroup } from "./reaper.ts";
import { PATIENCE_MS, until } from "./until.ts";

/** How to start a process. */
export interface StartOptions {
  readonly cwd?: string;
  /** Variables to set on top of this process's environment; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it gets on stdin, or that a test writes to it: `open`. Without: nothing, at its end. */
  readonly input?: string | Uint8Array | "open";
}

/** How a process ended. */
export interface Ended {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** All that it wrote, as text; `bytes` is stdout as it was. */
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
}

/** Whether there is a process of that number. A negative number asks for a process group. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A process that a test has started, in a process group of its own. */
export class Started {
  readonly child: ChildProcess;
  /**
   * Settles when the process is gone and its output has been read, which what it started can hold
   * up; rejects if there is no such program.
   */
  readonly ended: Promise<Ended>;
  readonly #command: readonly string[];
  readonly #bytes: Uint8Array[] = [];
  #stdout = "";
  #stderr = "";
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;
  #groupIsGone = false;

  constructor(command: readonly string[], options: StartOptions = {}) {
    const [program = "", ...args] = this.#command = command;
    const { cwd, env, input } = options;
    prepareReaper();
    this.child = spawn(program, args, {
      cwd,
      env: environment(env),
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      // The group is the process's own: what it starts in turn can be killed with it.
      detached: true,
    });
    this.ended = this.#watch();
    // Whoever does not wait for the end does not care how it came.
    this.ended.catch(() => {});
    this.child.stdin?.on("error", () => {});
    if (input !== undefined && input !== "open") this.child.stdin?.end(input);
  }

  #watch(): Promise<Ended> {
    const { child } = this;
    if (child.pid === undefined) this.#groupIsGone = true;
    else reapGroup(child.pid);
    const [out, err] = [new StringDecoder(), new StringDecoder()];
    child.stdout?.on("data", (bytes: Buffer) => {
      this.#bytes.push(bytes);
      this.#stdout += out.write(bytes);
      this.#wake();
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      this.#stderr += err.write(bytes);
      this.#wake();
    });
    child.once("exit", () => {
      this.#groupIsGone = !lives(-this.pid);
      if (this.#groupIsGone) forgetGroup(this.pid);
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        this.#hasEnded = true;
        this.#wake();
        const bytes = Buffer.concat(this.#bytes);
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr, bytes });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Whether `ended` has settled. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What it has written so far. */
  stdout(): string {
    return this.#stdout;
  }

  /** What it has written so far. */
  stderr(): string {
    return this.#stderr;
  }

  /** Writes to stdin, which has to be `open`. */
  write(input: string | Uint8Array): void {
    this.child.stdin?.write(input);
  }

  endInput(): void {
    this.child.stdin?.end();
  }

  /**
   * Settles when stderr has a text.
   *
   * @throws {Error} with all its output, if it ends before, or does not say it
   */
  async saying(text: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await this.#until(() => found(this.#stderr, text), `saying ${text}`, patienceMs);
  }

  /** The same for stdout. */
  async printing(text: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await this.#until(() => found(this.#stdout, text), `printing ${text}`, patienceMs);
  }

  async #until(holds: () => boolean, what: string, patienceMs: number): Promise<void> {
    let isLate = false;
    const late = setTimeout(() => (isLate = true, this.#wake()), patienceMs);
    while (!holds() && !this.#hasEnded && !isLate) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    clearTimeout(late);
    if (holds()) return;
    const how = isLate ? `is not ${what} after ${patienceMs / 1000} s` : `ended without ${what}`;
    throw new Error(`${this.#command.join(" ")} ${how}:\n${this.#stdout}${this.#stderr}`);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Sends a signal to it alone. (Deno's `child.kill` makes every end look like one by signal.) */
  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    process.kill(this.pid, name);
  }

  /** Kills it and what it started, whatever they are doing; settles when it is gone. */
  async kill(): Promise<void> {
    if (!this.#groupIsGone && lives(-this.pid)) process.kill(-this.pid, "SIGKILL");
    await this.ended.catch(() => {});
  }

  /**
   * Settles when all that it started is gone too, as far as it is in its group: that takes until the
   * system's first process has taken note of the orphans.
   */
  async allGone(): Promise<void> {
    await this.ended.catch(() => {});
    if (this.#groupIsGone) return;
    await until(() => !lives(-this.pid));
    this.#groupIsGone = true;
    forgetGroup(this.pid);
  }
}

/** This process's environment without colours, and what is set or taken away on top. */
function environment(changes: StartOptions["env"] = {}): Record<string, string> {
  const all = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...changes };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function found(output: string, text: string | RegExp): boolean {
  return typeof text === "string" ? output.includes(text) : text.test(output);
}

/**
 * Starts a program.
 *
 * @param command the program, by path or by name, and its arguments
 */
export function startProcess(command: readonly string[], options?: StartOptions): Started {
  return new Started(command, options);
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} if it cannot be started
 */
export async function runProcess(
  command: readonly string[],
  options?: StartOptions,
): Promise<Ended> {
  return await new Started(command, options).ended;
}

/**
 * The command that runs a script on the runtime that runs the test.
 *
 * @param script its path or URL
 */
export function scriptCommand(script: string): string[] {
  const flags = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  return [process.execPath, ...flags, script];
}

/** Whether a command, such as `go version`, can be run and ends well. */
export async function canRun(command: readonly string[]): Promise<boolean> {
  return await runProcess(command).then(({ code }) => code === 0, () => false);
}
