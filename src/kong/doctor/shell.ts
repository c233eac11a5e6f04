// Commands as Kong runs them: by a shell, with what they print kept, and an end to their time.
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import process from "node:process";

/** How a command ended. */
export interface CommandEnd {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/**
 * Runs a command by /bin/sh, in a process group of its own, so that all of it can be ended.
 *
 * @param timeoutMs how long it may take, in milliseconds
 */
export function runCommand(command: string, timeoutMs: number): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", command], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stdout: Uint8Array[] = [];
    const stderr: Uint8Array[] = [];
    child.stdout.on("data", (bytes: Uint8Array) => stdout.push(bytes));
    child.stderr.on("data", (bytes: Uint8Array) => stderr.push(bytes));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child.pid!);
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      const said = Buffer.concat(stderr).toString("utf8");
      resolve({ code, timedOut, stdout: Buffer.concat(stdout), stderr: said });
    });
  });
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/** The words of a simple command, with quotes taken off; nothing is expanded. */
export function shellWords(command: string): string[] {
  const words: string[] = [];
  const word = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs;
  for (const [text] of command.matchAll(word)) {
    words.push(text.replace(
      /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs,
      (_, escaped?: string, single?: string, double?: string) =>
        escaped ?? single ?? double!.replace(/\\(["\\$`])/g, "$1"),
    ));
  }
  return words;
}
