// Finds where a MessagePack value ends, in any number of pieces, without building it.
import { WireError } from "../wire_error.ts";

/** Bounds of a value. */
export interface ValueLimits {
  /** Largest encoded value, in bytes. */
  readonly messageBytes: number;
  /** Deepest nesting of arrays and maps. */
  readonly nesting: number;
}

/** Bytes of the length that follows a first byte of 0xc4 to 0xdf; 0 where there is none. */
function lengthBytes(first: number): number {
  switch (first) {
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return 1;
    case 0xc5: // bin 16
    case 0xda: // str 16
    case 0xdc: // array 16
    case 0xde: // map 16
      return 2;
    case 0xc6: // bin 32
    case 0xdb: // str 32
    case 0xdd: // array 32
    case 0xdf: // map 32
      return 4;
    default:
      return 0;
  }
}

/** Bytes that follow a first byte which stands for a value of one size; -1 for all other kinds. */
function fixedBytes(first: number): number {
  if (first <= 0x7f || first >= 0xe0) return 0; // small integers
  if (first >= 0xa0 && first <= 0xbf) return first & 0x1f; // short text
  switch (first) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return 0;
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return 1;
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return 2;
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return 4;
    case 0xcb: // float 64
    case 0xcf: // uint 64
    case 0xd3: // int 64
      return 8;
    default:
      return -1;
  }
}

const isMap = (first: number) => (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf;
const isArray = (first: number) => (first & 0xf0) === 0x90 || first === 0xdc || first === 0xdd;

/**
 * Walks over one value at a time. Positions are offsets from the value's first byte, so the bytes
 * may move between calls.
 */
export class ValueScanner {
  readonly #limits: ValueLimits;
  #position = 0;
  /** Values still to come, for each open array or map; the first is the value itself. */
  #open: number[] = [1];

  constructor(limits: ValueLimits) {
    this.#limits = limits;
  }

  /**
   * Goes on where the last call stopped.
   *
   * @param bytes the value from its first byte on, as much of it as is there
   * @returns the value's length in bytes, or undefined while it is incomplete
   * @throws {WireError} LIMIT; MALFORMED for bytes that MessagePack or Kong's protocols do not have
   */
  scan(bytes: Uint8Array): number | undefined {
    while (this.#open.length > 0) {
      if (this.#position >= bytes.length || !this.#element(bytes)) return undefined;
    }
    const length = this.#position;
    if (length > bytes.length) return undefined;
    this.#position = 0;
    this.#open = [1];
    return length;
  }

  /** Walks over one element, or the head of an array or map; false if its head is incomplete. */
  #element(bytes: Uint8Array): boolean {
    const first = bytes[this.#position]!;
    const fixed = fixedBytes(first);
    if (fixed >= 0) {
      this.#advance(1 + fixed);
      this.#complete();
      return true;
    }
    const width = lengthBytes(first);
    if (this.#position + 1 + width > bytes.length) return false;
    const count = width === 0 ? first & 0x0f : readLength(bytes, this.#position + 1, width);
    if (isMap(first)) this.#enter(1 + width, count * 2);
    else if (isArray(first)) this.#enter(1 + width, count);
    else if (width > 0) {
      this.#advance(1 + width + count);
      this.#complete();
    } else throw new WireError("MALFORMED", `byte 0x${first.toString(16)} begins no value`);
    return true;
  }

  #enter(headBytes: number, elements: number): void {
    this.#advance(headBytes);
    // Every element takes a byte at least.
    this.#check(this.#position + elements);
    if (elements === 0) return this.#complete();
    if (this.#open.length > this.#limits.nesting) {
      throw new WireError("LIMIT", `values are nested deeper than ${this.#limits.nesting}`);
    }
    this.#open.push(elements);
  }

  #advance(bytes: number): void {
    this.#position += bytes;
    this.#check(this.#position);
  }

  #check(length: number): void {
    if (length > this.#limits.messageBytes) {
      throw new WireError(
        "LIMIT",
        `a message of ${length} bytes or more, with ${this.#limits.messageBytes} allowed`,
      );
    }
  }

  /** An element is behind us; so is each array and map that it was the last element of. */
  #complete(): void {
    const open = this.#open;
    let last = open.length - 1;
    while (last >= 0 && --open[last]! === 0) {
      open.pop();
      last--;
    }
  }
}

function readLength(bytes: Uint8Array, at: number, width: number): number {
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + bytes[at + i]!;
  return length;
}

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
  let at = 0;
  for (const key of path) {
    const found = child(message, at, key);
    if (found === undefined) return undefined;
    at = found;
  }
  const first = message[at]!;
  if ((first & 0xe0) === 0xa0) return message.subarray(at + 1, at + 1 + (first & 0x1f));
  const width = lengthBytes(first);
  if (width === 0 || isMap(first) || isArray(first)) return undefined;
  const begin = at + 1 + width;
  return message.subarray(begin, begin + readLength(message, at + 1, width));
}

/** Where the element of an array or the value of a map's key begins. */
function child(message: Uint8Array, at: number, key: number | string): number | undefined {
  const first = message[at]!;
  const width = lengthBytes(first);
  const count = width === 0 ? first & 0x0f : readLength(message, at + 1, width);
  let position = at + 1 + width;
  if (typeof key === "number") {
    if (!isArray(first) || key >= count) return undefined;
    for (let i = 0; i < key; i++) position += valueLength(message, position);
    return position;
  }
  if (!isMap(first)) return undefined;
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
  return scanner.scan(message.subarray(at)) ?? message.length - at;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
