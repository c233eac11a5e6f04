// The bytes of a text inside of a message, which decoding would lose where they are not UTF-8.
import { beginsArray, beginsMap, LENGTH_BYTES, lengthAt } from "./heads.ts";
import { ValueScanner } from "./scanner.ts";

/**
 * The bytes of a text inside of a message, as they were on the wire.
 *
 * @param message one whole message
 * @param path index or key for each level, from the outside in
 * @returns undefined if there is no text or bin at that path
 */
export function textBytes(
  message: Uint8Array,
  path: readonly (number | string)[],
): Uint8Array | undefined {
  const at = positionOf(message, path);
  if (at === undefined) return undefined;
  const first = message[at]!;
  if ((first & 0xe0) === 0xa0) return message.subarray(at + 1, at + 1 + (first & 0x1f));
  const width = LENGTH_BYTES[first]!;
  if (width === 0 || beginsMap(first) || beginsArray(first)) return undefined;
  const begin = at + 1 + width;
  return message.subarray(begin, begin + lengthAt(message, at));
}

/** Where the value at a path begins; undefined if there is none. */
export function positionOf(
  message: Uint8Array,
  path: readonly (number | string)[],
): number | undefined {
  let at = 0;
  for (const key of path) {
    const found = child(message, at, key);
    if (found === undefined) return undefined;
    at = found;
  }
  return at;
}

/** Where the element of an array or the value of a map's key begins. */
function child(message: Uint8Array, at: number, key: number | string): number | undefined {
  const first = message[at]!;
  const count = lengthAt(message, at);
  let position = at + 1 + LENGTH_BYTES[first]!;
  if (typeof key === "number") {
    if (!beginsArray(first) || key >= count) return undefined;
    for (let i = 0; i < key; i++) position += valueLength(message, position);
    return position;
  }
  if (!beginsMap(first)) return undefined;
  const wanted = new TextEncoder().encode(key);
  for (let i = 0; i < count; i++) {
    const name = textBytes(message.subarray(position), []);
    position += valueLength(message, position);
    if (name && equalBytes(name, wanted)) return position;
    position += valueLength(message, position);
  }
  return undefined;
}

function valueLength(message: Uint8Array, at: number): number {
  const scanner = new ValueScanner({ messageBytes: message.length, nesting: message.length });
  return scanner.scan(message, at) ?? message.length - at;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
