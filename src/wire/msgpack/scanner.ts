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

/** The above for every first byte: messages are walked over byte by byte. */
const FIXED_BYTES = Int8Array.from({ length: 256 }, (_, first) => fixedBytes(first));
const LENGTH_BYTES = Uint8Array.from({ length: 256 }, (_, first) => lengthBytes(first));

const isMap = (first: number) => (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf;
const isArray = (first: number) => (first & 0xf0) === 0x90 || first === 0xdc || first === 0xdd;

/** Walks over one value at a time, and goes on where it stopped when more of it is there. */
export class ValueScanner {
  readonly #limits: ValueLimits;
  /** How far it came, from the value's first byte. */
  #position = 0;
  /** Values still to come in the innermost open array or map; at the outside, the value itself. */
  #left = 1;
  /** The same for those around it. */
  #outer: number[] = [];

  constructor(limits: ValueLimits) {
    this.#limits = limits;
  }

  /**
   * Goes on where the last call stopped. Between calls for one value the bytes may move.
   *
   * @param bytes has the value, as much of it as is there
   * @param begin where the value begins
   * @param end where the bytes end
   * @returns the value's length in bytes, or undefined while it is incomplete
   * @throws {WireError} LIMIT; MALFORMED for bytes that MessagePack or Kong's protocols do not have
   */
  scan(bytes: Uint8Array, begin = 0, end = bytes.length): number | undefined {
    let at = begin + this.#position;
    while (this.#left > 0) {
      const first = at < end ? bytes[at]! : -1;
      if (first < 0) break;
      const fixed = FIXED_BYTES[first]!;
      if (fixed >= 0) {
        at += 1 + fixed;
        this.#complete();
      } else {
        const next = this.#variable(bytes, first, at, begin, end);
        if (next === undefined) break;
        at = next;
      }
    }
    const length = at - begin;
    this.#check(length);
    this.#position = length;
    if (this.#left > 0 || at > end) return undefined;
    this.#position = 0;
    this.#left = 1;
    return length;
  }

  /** Walks over a value with a length in its head, or over the head of an array or map. */
  #variable(
    bytes: Uint8Array,
    first: number,
    at: number,
    begin: number,
    end: number,
  ): number | undefined {
    const body = at + 1 + LENGTH_BYTES[first]!;
    if (body > end) return undefined;
    const count = lengthAt(bytes, at);
    if (isMap(first)) this.#enter(count * 2, body - begin);
    else if (isArray(first)) this.#enter(count, body - begin);
    else if (LENGTH_BYTES[first]! > 0) {
      this.#check(body + count - begin);
      this.#complete();
      return body + count;
    } else throw new WireError("MALFORMED", `byte 0x${first.toString(16)} begins no value`);
    return body;
  }

  #enter(elements: number, position: number): void {
    // Every element takes a byte at least.
    this.#check(position + elements);
    if (elements === 0) return this.#complete();
    if (this.#outer.length >= this.#limits.nesting) {
      throw new WireError("LIMIT", `values are nested deeper than ${this.#limits.nesting}`);
    }
    this.#outer.push(this.#left);
    this.#left = elements;
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
    this.#left--;
    while (this.#left === 0 && this.#outer.length > 0) this.#left = this.#outer.pop()! - 1;
  }
}

/** The length or count in the head of a value that has one. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const width = LENGTH_BYTES[first]!;
  if (width === 0) return first & 0x0f;
  let length = 0;
  for (let i = 1; i <= width; i++) length = length * 256 + bytes[at + i]!;
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
  const width = LENGTH_BYTES[first]!;
  if (width === 0 || isMap(first) || isArray(first)) return undefined;
  const begin = at + 1 + width;
  return message.subarray(begin, begin + lengthAt(message, at));
}

/** Where the element of an array or the value of a map's key begins. */
function child(message: Uint8Array, at: number, key: number | string): number | undefined {
  const first = message[at]!;
  const count = lengthAt(message, at);
  let position = at + 1 + LENGTH_BYTES[first]!;
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
  return scanner.scan(message, at) ?? message.length - at;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
