// MessagePack: values in all forms that the format has for them, and with lengths that are wrong.
import fc, { type Arbitrary } from "fast-check";
import { encode } from "../../../src/wire/msgpack/codec.ts";
import { bigEndian, joined, lie, someInteger, someText, streamOf, textBytes } from "./parts.ts";

/** Heads of values with a length: the shortest form, and those whose length takes bytes. */
interface Heads {
  /** First byte of the form whose length is in it, and its longest length. */
  readonly short?: readonly [first: number, most: number];
  /** First bytes by the number of bytes that the length takes. */
  readonly long: Readonly<Record<number, number>>;
}

const TEXT: Heads = { short: [0xa0, 31], long: { 1: 0xd9, 2: 0xda, 4: 0xdb } };
const BIN: Heads = { long: { 1: 0xc4, 2: 0xc5, 4: 0xc6 } };
const ARRAY: Heads = { short: [0x90, 15], long: { 2: 0xdc, 4: 0xdd } };
const MAP: Heads = { short: [0x80, 15], long: { 2: 0xde, 4: 0xdf } };

/** @param width bytes of the length: the next form that there is */
function head({ short, long }: Heads, length: number, width: number): Uint8Array {
  if (width === 0 && short && length <= short[1]) return Uint8Array.of(short[0] | length);
  const found = [width, 1, 2, 4].find((bytes) => bytes in long && bytes >= width) ?? 4;
  return joined([Uint8Array.of(long[found] ?? 0xc1), bigEndian(length, found)]);
}

const width = fc.constantFrom(0, 0, 0, 1, 2, 4);

/** A value with a length, of parts that count for one each unless `each` says otherwise. */
function counted(heads: Heads, parts: Arbitrary<readonly Uint8Array[]>, each = 1) {
  return fc.tuple(parts, width, lie).map(([parts, width, lie]) => {
    const length = Math.max(0, parts.length / each + lie);
    return joined([head(heads, Math.floor(length), width), ...parts]);
  });
}

function measured(heads: Heads, bytes: Arbitrary<Uint8Array>) {
  return fc.tuple(bytes, width, lie).map(([bytes, width, lie]) =>
    joined([head(heads, Math.max(0, bytes.length + lie), width), bytes])
  );
}

/** Values of one size: whatever follows the first byte. */
const FIXED = [0xc0, 0xc2, 0xc3, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3];
/** What MessagePack or Kong's protocols do not have: nothing, and extension types. */
const FORBIDDEN = [0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8];

const scalar: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: someInteger.map((value) => encode(value)) },
  { weight: 2, arbitrary: fc.double().map((value) => encode(value)) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...FIXED), fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map(([first, bytes]) => joined([Uint8Array.of(first), bytes.subarray(0, sizeOf(first))])),
  },
);

const forbidden = fc.tuple(fc.constantFrom(...FORBIDDEN), fc.uint8Array({ maxLength: 6 }))
  .map(([first, bytes]) => joined([Uint8Array.of(first), bytes]));

function sizeOf(first: number): number {
  if (first <= 0xc3) return 0;
  if (first === 0xca) return 4;
  if (first === 0xcb) return 8;
  return 1 << ((first - 0xcc) % 4);
}

/** A text in any of its forms. */
export const textValue: Arbitrary<Uint8Array> = measured(TEXT, textBytes);

/** Bytes in any of their forms. */
export function binValue(bytes: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  return measured(BIN, bytes);
}

/** Any value, inside of others too. */
export const { value: anyValue } = fc.letrec<{ value: Uint8Array }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: false },
    { weight: 6, arbitrary: scalar },
    { weight: 4, arbitrary: textValue },
    { weight: 2, arbitrary: binValue(fc.uint8Array({ maxLength: 20 })) },
    { weight: 3, arbitrary: counted(ARRAY, fc.array(tie("value"), { maxLength: 4 })) },
    { weight: 3, arbitrary: counted(MAP, pairs(tie("value")), 2) },
    { weight: 1, arbitrary: forbidden },
  ),
}));

function pairs(value: Arbitrary<Uint8Array>): Arbitrary<Uint8Array[]> {
  const key = fc.oneof({ weight: 5, arbitrary: textValue }, { weight: 1, arbitrary: value });
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((pairs) => pairs.flat());
}

/** Values inside each other, so many deep. */
const deep = fc.tuple(fc.constantFrom(0x91, 0x81, 0x92), fc.nat(80), anyValue).map(
  ([first, depth, value]) => joined([new Uint8Array(depth).fill(first), value]),
);

/** An array of values. */
export function arrayOf(...parts: readonly Arbitrary<Uint8Array>[]): Arbitrary<Uint8Array> {
  return counted(ARRAY, fc.tuple(...parts));
}

/**
 * A map with the keys given, most of them there, and in odd cases one more.
 *
 * @param fields values by their keys
 */
export function mapOf(fields: Readonly<Record<string, Arbitrary<Uint8Array>>>) {
  const entries = Object.entries(fields).map(([key, value]) =>
    fc.option(fc.tuple(fc.constant(encode(key)), value), { nil: [], freq: 9 })
  );
  const extra = fc.option(fc.tuple(textValue, anyValue), { nil: [], freq: 1 });
  const parts = fc.tuple(...entries, extra).map((entries) => entries.flat());
  return counted(MAP, parts, 2);
}

/** The value of a field: mostly the right kind. */
export function mostly(value: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  return fc.oneof({ weight: 12, arbitrary: value }, { weight: 1, arbitrary: anyValue });
}

/** Values encoded as our own encoder does it. */
export const encoded = (value: Arbitrary<unknown>): Arbitrary<Uint8Array> => value.map(encode);

/** A text encoded as our own encoder does it. */
export const encodedText: Arbitrary<Uint8Array> = encoded(someText);

/** A stream of any values. */
export const valueStream: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 12, arbitrary: streamOf(anyValue) },
  { weight: 1, arbitrary: deep },
);
