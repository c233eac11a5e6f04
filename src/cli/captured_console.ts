// Takes what plugins print by console, process.stdout and process.stderr, in place of writing it.
import { Buffer } from "node:buffer";
import { Console } from "node:console";
import { Writable } from "node:stream";
import process from "node:process";
import { format } from "node:util";
import { stackOf } from "../base/errors.ts";
import type { LogLevel } from "../base/log.ts";
import type { Printed } from "../kong/server/printed.ts";

/** The methods that print what they are given, with the levels that they mean. */
const METHODS: Readonly<Record<string, LogLevel>> = {
  log: "info",
  info: "info",
  debug: "debug",
  warn: "warn",
  error: "error",
};

/** Longest line that is waited for, in characters. */
const LINE = 16 * 1024;

/** Hands on what is printed: a call of console at once, what is written to a stream line by line. */
export function capturePrinted(printed: Printed): void {
  const methods = console as unknown as Record<string, unknown>;
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      printed("info", String(chunk).replace(/\n$/, ""));
      done();
    },
  });
  // Tables, groups, counts and timers: each call of them is one entry.
  const others = new Console({ stdout: stream, stderr: stream });
  for (const [name, method] of Object.entries(others)) {
    if (name in methods) methods[name] = method.bind(others);
  }
  for (const [name, level] of Object.entries(METHODS)) {
    methods[name] = (...values: unknown[]) => printed(level, format(...values));
  }
  methods.trace = (...values: unknown[]) =>
    printed("info", stackOf(new Error(format(...values))).replace(/^Error/, "Trace"));
  const write = byLines((line) => printed("info", line));
  if ("write" in methods) methods.write = (...texts: unknown[]) => write(texts.join(""));
  process.stdout.write = write as typeof process.stdout.write;
  process.stderr.write = byLines((line) => printed("warn", line)) as typeof process.stderr.write;
}

/** A stream's `write`, which hands on whole lines. */
function byLines(take: (line: string) => void) {
  let rest = "";
  return (bytes: string | Uint8Array, ...more: unknown[]): boolean => {
    rest += typeof bytes === "string" ? bytes : Buffer.from(bytes).toString();
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
    if (rest.length > LINE) {
      take(rest);
      rest = "";
    }
    const done = more.findLast((one) => typeof one === "function") as (() => void) | undefined;
    if (done) queueMicrotask(done);
    return true;
  };
}
