// Makes an input that fails smaller, as long as it fails.
import { concat } from "../../src/wire/bytes.ts";

/** How many smaller inputs are tried at most. */
const TRIES = 2000;

/**
 * Leaves out what an input does not need to fail: halves first, single bytes last.
 *
 * @param fails whether an input fails
 */
export function shrink(input: Uint8Array, fails: (input: Uint8Array) => boolean): Uint8Array {
  let smallest = input;
  let tries = TRIES;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.length && tries > 0;) {
      tries--;
      const without = concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (fails(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}
