// Numbers in a file that another process reads, in memory that is shared with it.
import type { SharedCells } from "../contract.ts";

/** What is used of Bun's own API. */
interface BunMemory {
  mmap(path: string, options: { readonly shared: boolean }): Uint8Array<ArrayBuffer>;
}

declare const Bun: BunMemory;

/** Implements `Runtime.openCells`. */
export function openMappedCells(path: string): SharedCells {
  const { buffer, byteOffset, byteLength } = Bun.mmap(path, { shared: true });
  const cells = new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
  return {
    set(at, value) {
      cells[at] = value;
    },
    setThree(at, first, second, third) {
      cells[at] = first;
      cells[at + 1] = second;
      cells[at + 2] = third;
    },
  };
}
