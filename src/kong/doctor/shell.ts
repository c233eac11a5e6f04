// Commands as Kong runs them: by a shell, with what they print kept, and an end to their time.
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import process from "node:process";
import type { Readable } from "node:stream";

/** How much of a command's stdout, and of its stderr, is kept, in bytes. More on stdout ends it. */
export const OUTPUT_BYTES = 16 * 1024 * 1024;

/** How a command ended. */
export interface CommandEnd {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** Whether it printed more than is kept. */
  readonly isTooLong: boolean;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/**
 * Runs a command by /bin/sh, in a process group of its own, so that all of it can be ended. It ends
 * when its output does, as for Kong, which reads to the end; or when its time is over, also if a
 * process that has left the group holds its output open.
 *
 * @param timeoutMs how long it may take, in milliseconds
 */
export function runCommand(command: string, timeoutMs: number): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", command], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const outputs = [new Output(child.stdout), new Output(child.stderr)] as const;
    const [stdout, stderr] = outputs;
    const end = (code: number | null, timedOut: boolean) => {
      clearTimeout(timer);
      const said = Buffer.from(stderr.bytes()).toString("utf8");
      const { isTooLong } = stdout;
      resolve({ code, timedOut, isTooLong, stdout: stdout.bytes(), stderr: said });
    };
    const giveUp = (timedOut: boolean) => {
      endGroup(child.pid!);
      for (const output of outputs) output.close();
      end(null, timedOut);
    };
    const timer = setTimeout(() => giveUp(true), timeoutMs);
    stdout.tooLong = () => giveUp(false);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => end(code, false));
  });
}

/** What a command writes, as far as it is kept. */
class Output {
  readonly #stream: Readable;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  /** Called when there is more than is kept. */
  tooLong?: () => void;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("data", (bytes: Uint8Array) => {
      const isLonger = this.isTooLong;
      this.#length += bytes.length;
      if (!this.isTooLong) this.#chunks.push(bytes);
      else if (!isLonger) this.tooLong?.();
    });
  }

  get isTooLong(): boolean {
    return this.#length > OUTPUT_BYTES;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  close(): void {
    this.#stream.destroy();
  }
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
