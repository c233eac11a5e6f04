// Reads short MessagePack values in one pass, as nearly all messages are: ASCII texts, small integers,
// nil and booleans in arrays and maps. Anything else is left to the scanner and the codec.
import { asciiText } from "../ascii.ts";

/** What goes beyond it is left, in bytes. */
export const SHORT_BYTES = 1024;

/** What is nested deeper is left: a request with the result of a PDK call has three levels. */
export const SHORT_NESTING = 4;

/** Texts of the protocol itself, which come with every message. */
const USUAL_TEXTS = [
  ...["plugin.HandleEvent", "plugin.Step", "plugin.StepMultiMap"],
  ...["InstanceId", "EventName", "EventId", "Data"],
  ...["certificate", "rewrite", "access", "response", "preread", "log"],
];

/** The same by their length; there are few of each. */
const USUAL: readonly (readonly string[])[] = Array.from(
  { length: 24 },
  (_, length) => USUAL_TEXTS.filter((text) => text.length === length),
);

/** What stands for a value that is not read here. */
const LEFT = Symbol();

/** Reads values. Remembers nothing between two of them. */
export class ShortReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #value: unknown;

  /** The value that `read` has found. */
  get value(): unknown {
    return this.#value;
  }

  /**
   * Reads a value.
   *
   * @returns how many bytes it takes; undefined if it is not whole, or is left
   */
  read(bytes: Uint8Array, begin: number, end: number): number | undefined {
    this.#bytes = bytes;
    this.#at = begin;
    this.#end = Math.min(end, begin + SHORT_BYTES);
    this.#value = this.#next(SHORT_NESTING);
    return this.#value === LEFT ? undefined : this.#at - begin;
  }

  #next(levels: number): unknown {
    if (this.#at >= this.#end) return LEFT;
    const first = this.#bytes[this.#at++]!;
    if (first < 0x80) return first;
    if (first < 0x90) return this.#map(first & 0x0f, levels);
    if (first < 0xa0) return this.#array(first & 0x0f, levels);
    if (first < 0xc0) return this.#text(first & 0x1f);
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xcc:
        return this.#unsigned(1);
      case 0xcd:
        return this.#unsigned(2);
      case 0xce:
        return this.#unsigned(4);
      case 0xd9:
        return this.#at < this.#end ? this.#text(this.#bytes[this.#at++]!) : LEFT;
    }
    return LEFT;
  }

  #unsigned(size: number): unknown {
    let value = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++) {
      if (this.#at >= this.#end) return LEFT;
      value = value * 256 + this.#bytes[this.#at]!;
    }
    return value;
  }

  #array(length: number, levels: number): unknown {
    if (levels === 0) return LEFT;
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) {
      const item = this.#next(levels - 1);
      if (item === LEFT) return LEFT;
      items.push(item);
    }
    return items;
  }

  #map(size: number, levels: number): unknown {
    if (levels === 0) return LEFT;
    const entries: Record<string, unknown> = {};
    for (let index = 0; index < size; index++) {
      const name = this.#next(0);
      // The codec has its own ways with other keys, and with this one.
      if (typeof name !== "string" || name === "__proto__") return LEFT;
      const value = this.#next(levels - 1);
      if (value === LEFT) return LEFT;
      entries[name] = value;
    }
    return entries;
  }

  #text(length: number): unknown {
    const begin = this.#at;
    const end = begin + length;
    if (end > this.#end) return LEFT;
    this.#at = end;
    for (const text of USUAL[length] ?? []) if (this.#isAt(begin, text)) return text;
    return asciiText(this.#bytes, begin, end) ?? LEFT;
  }

  #isAt(begin: number, text: string): boolean {
    for (let index = text.length - 1; index >= 0; index--) {
      if (this.#bytes[begin + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }
}
