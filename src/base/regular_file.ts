// Reads files that others put there: only what is a file, and only up to a length. Nothing of it waits.
import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

/** Largest file of a plugin unless said otherwise, in bytes. */
export const PLUGIN_FILE_BYTES = 10 * 1024 * 1024;

/** What something is that is no file, for people. */
function kindOf(found: Stats): string {
  if (found.isDirectory()) return "a directory";
  if (found.isFIFO()) return "a named pipe";
  if (found.isSocket()) return "a socket";
  return "a device";
}

/**
 * Makes sure that a path leads to a file that is not too long, without opening it: to open a named
 * pipe is to wait for whoever writes to it.
 *
 * @throws {Error} that says what is there; the system's error if there is nothing
 */
export function checkRegular(path: string, maxBytes: number): void {
  check(path, statSync(path), maxBytes);
}

/**
 * The bytes of a file. What is no file is not waited for, whatever takes its place meanwhile.
 *
 * @throws {Error} see `checkRegular`
 */
export function readRegular(path: string, maxBytes: number): Buffer {
  checkRegular(path, maxBytes);
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    check(path, found, maxBytes);
    const bytes = Buffer.allocUnsafe(found.size);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The same as text, as `readFileSync` gives it. */
export function readRegularText(path: string, maxBytes: number): string {
  return readRegular(path, maxBytes).toString("utf8");
}

function check(path: string, found: Stats, maxBytes: number): void {
  if (!found.isFile()) throw new Error(`${path} is ${kindOf(found)}, not a file`);
  if (found.size <= maxBytes) return;
  throw new Error(
    `${path} has ${found.size} bytes, and ${maxBytes} are allowed (--max-plugin-file)`,
  );
}
