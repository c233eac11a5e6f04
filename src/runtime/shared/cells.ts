// Numbers in a file that another process reads, written by the file system's calls.
import { Buffer } from "node:buffer";
import { openSync, writeSync } from "node:fs";
import type { SharedCells } from "../contract.ts";

/** Bytes of a number. */
const CELL_BYTES = 4;

/**
 * Implements `Runtime.openCells` where memory cannot be shared: a `set` costs a system call, some 2
 * microseconds.
 */
export function openCells(path: string): SharedCells {
  const descriptor = openSync(path, "r+");
  const bytes = Buffer.alloc(3 * CELL_BYTES);
  return {
    set(at, value) {
      bytes.writeInt32LE(value);
      writeSync(descriptor, bytes, 0, CELL_BYTES, at * CELL_BYTES);
    },
    setThree(at, first, second, third) {
      bytes.writeInt32LE(first);
      bytes.writeInt32LE(second, CELL_BYTES);
      bytes.writeInt32LE(third, 2 * CELL_BYTES);
      writeSync(descriptor, bytes, 0, bytes.length, at * CELL_BYTES);
    },
  };
}
