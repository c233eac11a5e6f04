// Random values of the type Everything.
import type { GobNamed, GobValue } from "../../../src/wire/gob/mod.ts";
import type { Random } from "./support.ts";
import type { Everything, Tree } from "./types.ts";

const TEXTS = ["", "a", "text", "grüß", "\u{1F9A7}", "__proto__", "constructor", "x".repeat(200)];
const FLOATS = [0, 1, -1, 0.5, 1e300, 5e-324, -Infinity, Infinity];

function int64(random: Random): bigint {
  return BigInt.asIntN(1 + random.below(64), random.bytes(8).reduce(addByte, 0n));
}

function uint64(random: Random): bigint {
  return BigInt.asUintN(random.below(65), random.bytes(8).reduce(addByte, 0n));
}

function addByte(sum: bigint, byte: number): bigint {
  return (sum << 8n) | BigInt(byte);
}

function float(random: Random): number {
  return random.below(2) === 0 ? random.pick(FLOATS) : (random.next() - 0.5) * 1e6;
}

function listOf<T>(random: Random, make: () => T): T[] {
  return Array.from({ length: random.below(4) }, make);
}

function point(random: Random) {
  return { X: random.below(1000) - 500, Y: random.below(10) };
}

function tree(random: Random, depth: number): Tree {
  const Children = depth === 0 ? [] : listOf(random, () => tree(random, depth - 1));
  return { Label: random.pick(TEXTS), Children };
}

function any(random: Random, depth: number): GobNamed | null {
  const choices: (() => GobNamed | null)[] = [
    () => null,
    () => ({ name: "int", value: random.below(1000) }),
    () => ({ name: "string", value: random.pick(TEXTS) }),
    () => ({ name: "[]uint8", value: random.bytes(random.below(20)) }),
    () => ({ name: "main.Point", value: { X: 1 + random.below(9), Y: 1 + random.below(9) } }),
    () => ({ name: "colour", value: listOf(random, () => random.pick(TEXTS)) }),
    () => ({ name: "[]interface {}", value: listOf(random, () => any(random, depth - 1)) }),
    () => ({
      name: "main.Box",
      value: { Label: "box", Content: { name: "bool", value: random.below(2) === 0 }, Tail: 1 },
    }),
  ];
  return random.pick(depth === 0 ? choices.slice(0, 4) : choices)();
}

export function randomEverything(random: Random): GobValue<typeof Everything> {
  const maybe = random.below(2) === 0;
  return {
    Bool: random.below(2) === 0,
    Int: int64(random),
    Uint: uint64(random),
    Float: float(random),
    Complex: { re: float(random), im: float(random) },
    String: random.pick(TEXTS),
    Bytes: random.bytes(random.below(100)),
    Ints: listOf(random, () => int64(random)),
    Floats: listOf(random, () => float(random)),
    Strings: listOf(random, () => random.pick(TEXTS)),
    Triple: [int64(random), 0n, int64(random)],
    Points: listOf(random, () => point(random)),
    Scores: new Map(listOf(random, () => [random.pick(TEXTS), int64(random)])),
    ByNumber: new Map(listOf(random, () => [int64(random), random.pick(TEXTS)])),
    ...(maybe ? { Pointer: point(random) } : {}),
    Tree: tree(random, 3),
    Any: any(random, 3),
    Anys: listOf(random, () => any(random, 3)),
    Time: {
      seconds: random.below(2 ** 40) - 2 ** 39,
      nanoseconds: random.below(1e9),
      ...(maybe ? { offset: (random.below(1000) + 1) * 30 } : {}),
    },
    Version: random.bytes(2),
  };
}
