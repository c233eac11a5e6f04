// A child process, and what it wrote so far.
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The command line that runs a script of this folder on the runtime that runs the test. */
export function scriptCommand(script: string): string[] {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return [process.execPath, ...("Deno" in globalThis ? ["run", "-A", "--no-check"] : []), file];
}

/** A process with what it wrote. */
export class Run {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<number | null>;
  stdout = "";
  stderr = "";
  hasEnded = false;

  constructor([program = "", ...args]: readonly string[]) {
    this.child = spawn(program, args, {
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.pid = this.child.pid ?? 0;
    this.child.stdin?.on("error", () => {});
    this.child.stdout?.on("data", (bytes) => this.stdout += bytes);
    this.child.stderr?.on("data", (bytes) => this.stderr += bytes);
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code) => {
        this.hasEnded = true;
        resolve(code);
      });
    });
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    try {
      if (!this.hasEnded) process.kill(this.pid, name);
    } catch {
      // It has ended, and its streams have not yet.
    }
  }

  /** Ends it, whatever it is doing. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }
}
