// Child processes on node:child_process, for all three runtimes.
import { codeOf } from "../../base/errors.ts";
import {
  type ChildProcessByStdio,
  spawn as spawnProcess,
  type StdioOptions as AnyStdio,
} from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { ChildEvents, ChildProcess, SpawnOptions } from "../contract.ts";

type StdioOptions = Exclude<AnyStdio, string>;
type WithStreams = ChildProcessByStdio<Writable, Readable | null, Readable | null>;

/** How long the output of a process that has ended is waited for: its children may hold it open. */
const OUTPUT_MS = 1000;

const outputOf = (own: boolean | undefined) => own ? "inherit" : "pipe";

/** Implements `Runtime.spawn`. */
export function spawn(
  command: string,
  args: readonly string[],
  events: ChildEvents,
  options: SpawnOptions = {},
): Promise<ChildProcess> {
  const { ownStdout, ownStderr, descriptor, ...rest } = options;
  const stdio: StdioOptions = ["pipe", outputOf(ownStdout), outputOf(ownStderr)];
  if (descriptor !== undefined) stdio.push(descriptor);
  return new Promise((resolve, reject) => {
    const child = spawnProcess(command, [...args], { ...rest, stdio }) as WithStreams;
    child.on("error", reject);
    child.stdin.on("error", ignore);
    child.stdout?.on("data", (bytes: Uint8Array) => events.stdout(bytes));
    child.stderr?.on("data", (bytes: Uint8Array) => events.stderr(bytes));
    const exited = new Promise<{ code: number | null; signal: string | null }>((settle) => {
      child.once("exit", (code, signal) => {
        const late = setTimeout(() => settle({ code, signal }), OUTPUT_MS);
        child.once("close", () => {
          clearTimeout(late);
          settle({ code, signal });
        });
      });
    });
    child.once("spawn", () => resolve(new NodeChild(child, exited)));
  });
}

class NodeChild implements ChildProcess {
  readonly pid: number;
  readonly exited: ChildProcess["exited"];
  readonly #child: WithStreams;
  #unsentBytes = 0;

  constructor(child: WithStreams, exited: ChildProcess["exited"]) {
    this.pid = child.pid as number;
    this.exited = exited;
    this.#child = child;
  }

  /** Counted here: Bun's stream of a child's stdin does not say. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  write(bytes: Uint8Array): void {
    if (!this.#child.stdin.writable) return;
    this.#unsentBytes += bytes.length;
    this.#child.stdin.write(bytes, () => this.#unsentBytes -= bytes.length);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  /** Not by `child.kill`: Deno's then reports every end as a death by that signal. */
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGINT"): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // It is gone, and the runtime has not said so yet.
      if (codeOf(error) !== "ESRCH") throw error;
    }
  }
}

function ignore(): void {}
