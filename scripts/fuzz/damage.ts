// Ways to damage bytes: what bad peers, bad networks and bad luck make of a good message.
import { concat } from "../../src/wire/bytes.ts";
import type { Random } from "../../tests/support/random.ts";

/** Makes damaged bytes of good ones, which stay as they are and are not empty. */
type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Bytes that mean something somewhere: ends of ranges, heads, lengths, ends of lines. */
const TELLING = [
  0,
  1,
  8,
  0x0a,
  0x0d,
  0x22,
  64,
  0x7b,
  0x7f,
  0x80,
  0x93,
  0x94,
  0xc1,
  0xdd,
  0xf8,
  255,
];

/** Lengths in four bytes that are too long, in either order. */
const LENGTHS = [[255, 255, 255, 255], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 16, 0], [0, 1, 0, 0]];

const DAMAGES: readonly Damage[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    return bytes.with(at, (bytes[at] as number) ^ (1 << random.below(8)));
  },
  function setByte(bytes, random) {
    return bytes.with(random.below(bytes.length), random.pick(TELLING));
  },
  function remove(bytes, random) {
    const at = random.below(bytes.length);
    return concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4))]);
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length);
    return concat([bytes.subarray(0, at), random.bytes(1 + random.below(4)), bytes.subarray(at)]);
  },
  function cut(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function setLength(bytes, random) {
    const length = random.pick(LENGTHS);
    const damaged = bytes.slice();
    damaged.set(length.slice(0, bytes.length), random.below(Math.max(1, bytes.length - 3)));
    return damaged;
  },
  function repeat(bytes, random) {
    const at = random.below(bytes.length);
    const part = bytes.subarray(at, at + 1 + random.below(8));
    const times = random.pick([1, 2, 17, 130]);
    const copies = Array.from({ length: times }, () => part);
    return concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]);
  },
];

/**
 * Damages bytes.
 *
 * @param others what the end may be taken from instead
 * @param times how often
 */
export function damage(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  random: Random,
  times: number,
): Uint8Array {
  let damaged = bytes;
  for (let i = 0; i < times && damaged.length > 0; i++) {
    const which = random.below(DAMAGES.length + 1);
    const way = DAMAGES[which];
    damaged = way ? way(damaged, random) : splice(damaged, random.pick(others), random);
  }
  return damaged;
}

/** The beginning of one and the end of another. */
function splice(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  return concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
}
