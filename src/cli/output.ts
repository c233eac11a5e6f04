// Where a command writes: data to stdout, everything else to stderr, whatever plugins do.
import { Buffer } from "node:buffer";
import { Console } from "node:console";
import fs from "node:fs";
import process from "node:process";
import { format } from "node:util";
import { codeOf, stackOf } from "../base/errors.ts";
import type { Printed } from "../kong/server/printed.ts";
import type { DescriptorHelp } from "../runtime/contract.ts";
import { capturePrinted } from "./captured_console.ts";

// As it is before any plugin has touched it.
const { writeSync } = fs;

/** How long a full pipe is given to be read, in milliseconds. */
const FULL_MS = 5;
/** Nobody wakes who waits for this. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** The two streams of a command. */
export interface Output {
  /** Data, as it is. Settles when it is out. */
  data(bytes: string | Uint8Array): Promise<void>;
  /** Has data go to another descriptor from now on, which was inherited. */
  useDescriptor(descriptor: number, write?: DescriptorHelp["write"]): void;
  /** One line for people. */
  note(line: string): void;
  /** Has what plugins print handed on from now on, in place of being written to stderr. */
  capture(printed: Printed): void;
  /** Whether people read stdout at a terminal that shows colours. */
  readonly colour: boolean;
}

/**
 * Takes stdout away from everything else in the process: what plugins print there, while they load
 * or later, goes to stderr. Kong reads a dump's stdout as JSON, and one stray line would break it.
 */
export function claimStdout(): Output {
  const { stdout, stderr } = process;
  // Who reads them may be gone. Without a listener that is an uncaught error, whose entry in the log
  // is the next one, and so on for ever.
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  const write = stdout.write.bind(stdout);
  const writeError = stderr.write.bind(stderr);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  moveConsole(stderr);
  let writeElsewhere: ((bytes: Uint8Array) => void) | undefined;
  return {
    data: async (bytes) => {
      if (writeElsewhere) return writeElsewhere(Buffer.from(bytes));
      await new Promise<void>((resolve, reject) => {
        write(bytes as string, (error?: Error | null) => error ? reject(error) : resolve());
      });
    },
    useDescriptor: (descriptor, write = writeAll) => {
      writeElsewhere = (bytes) => write(descriptor, bytes);
    },
    note: (line) => void writeError(`${line}\n`),
    capture: capturePrinted,
    colour: stdout.isTTY === true && process.env.NO_COLOR === undefined,
  };
}

/** For commands that print once, at their end: until all of it is out, nothing else is to be done. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      // A pipe that is full, and was told not to wait.
      Atomics.wait(NEVER, 0, 0, FULL_MS);
    }
  }
}

/** Gives the console another stream for stdout: Deno's and Bun's do not ask `process.stdout`. */
function moveConsole(stream: NodeJS.WriteStream): void {
  const moved = new Console({ stdout: stream, stderr: stream });
  const methods = console as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(moved)) {
    if (name in methods) methods[name] = method.bind(moved);
  }
  // Bun's leaves out what it is given.
  methods.trace = (...values: unknown[]) =>
    moved.error(stackOf(new Error(format(...values))).replace(/^Error/, "Trace"));
  // Bun's own, which prints a text as it is.
  if ("write" in methods) methods.write = (...texts: unknown[]) => stream.write(texts.join(""));
}
