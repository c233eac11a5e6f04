// Finds where a MessagePack value ends, in any number of pieces, without building it.
import { WireError } from "../wire_error.ts";
import { beginsArray, beginsMap, FIXED_BYTES, LENGTH_BYTES, lengthAt } from "./heads.ts";

/** Bounds of a value. */
export interface ValueLimits {
  /** Largest encoded value, in bytes. */
  readonly messageBytes: number;
  /** Deepest nesting of arrays and maps. */
  readonly nesting: number;
}

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

  /** Whether nothing of a value was seen yet. */
  get isAtBegin(): boolean {
    return this.#position === 0;
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

  /** Begins a value, wherever the last one stopped. */
  restart(): void {
    this.#position = 0;
    this.#left = 1;
    this.#outer = [];
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
    if (beginsMap(first)) this.#enter(count * 2, body - begin);
    else if (beginsArray(first)) this.#enter(count, body - begin);
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
