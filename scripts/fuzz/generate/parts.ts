// Small parts of inputs: bytes, texts, numbers in bytes, and ways to put them together.
import fc, { type Arbitrary } from "fast-check";
import { concat } from "../../../src/wire/bytes.ts";

const encoder = new TextEncoder();

/** The bytes of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Parts, one behind the other. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => concat(parts);

/** An unsigned integer of so many bytes, the highest first. What does not fit is left out. */
export function bigEndian(value: number, width: number): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let at = width - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) {
    bytes[at] = rest % 256;
  }
  return bytes;
}

/** Names that mean something to JavaScript. */
const ODD_NAMES = ["__proto__", "constructor", "prototype", "toString", "length", "then", ""];

/** A text: words, any Unicode, or a name that means something to JavaScript. */
export const someText: Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(...ODD_NAMES),
);

/** Bytes of a text, which need not be UTF-8. */
export const textBytes: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: someText.map(utf8) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
);

/** Integers, those at the ends of ranges among them. */
export const someInteger: Arbitrary<number> = fc.oneof(
  fc.nat(40),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1),
);

/** By how much a length is wrong: nearly always by nothing. */
export const lie: Arbitrary<number> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1, 2, 100, 65_535, 2 ** 31, 2 ** 32 - 100) },
);

/** Several messages one behind the other. */
export function streamOf(message: Arbitrary<Uint8Array>, maxLength = 4): Arbitrary<Uint8Array> {
  return fc.array(message, { maxLength }).map(joined);
}
