// Damaged streams: never anything but values or a WireError.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fit, GobEncoder } from "../../../src/wire/gob/mod.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { CASES } from "./cases.ts";
import { randomEverything } from "./everything.ts";
import { concat, decodeAll, fromHex, golden, GOLDEN_NAMES, Random, randomCuts } from "./support.ts";
import { Everything, REGISTER } from "./types.ts";

const ROUNDS = 20_000;

const seeds = GOLDEN_NAMES.filter((name) => name !== "large")
  .map((name) => concat(golden(name).map(fromHex)));

type Damage = (stream: Uint8Array, random: Random) => Uint8Array;

const DAMAGES: readonly Damage[] = [
  function flipBit(stream, random) {
    const at = random.below(stream.length);
    return stream.with(at, (stream[at] as number) ^ (1 << random.below(8)));
  },
  function setByte(stream, random) {
    return stream.with(random.below(stream.length), random.pick([0, 1, 8, 64, 127, 248, 255]));
  },
  function remove(stream, random) {
    const at = random.below(stream.length);
    return concat([stream.subarray(0, at), stream.subarray(at + 1 + random.below(4))]);
  },
  function insert(stream, random) {
    const at = random.below(stream.length);
    return concat([stream.subarray(0, at), random.bytes(1 + random.below(4)), stream.subarray(at)]);
  },
  function splice(stream, random) {
    const other = random.pick(seeds);
    const at = random.below(stream.length);
    return concat([stream.subarray(0, at), other.subarray(random.below(other.length))]);
  },
];

/** Decodes, and fits what came to a type that it need not be of. */
function decode(chunks: Uint8Array[], random: Random): boolean {
  try {
    for (const { value } of decodeAll(chunks, { messageBytes: 4096 })) {
      fit(random.pick(random.pick(CASES).values).type, value);
    }
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}

test("damaged streams give values or a WireError", () => {
  const random = new Random(1);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let stream = random.pick(seeds);
    for (let i = random.below(3); i >= 0 && stream.length > 0; i--) {
      stream = random.pick(DAMAGES)(stream, random);
    }
    if (!decode(random.below(2) === 0 ? [stream] : randomCuts(stream, random), random)) refused++;
  }
  assert.ok(refused > ROUNDS / 4, `only ${refused} were refused`);
});

test("how a damaged stream is cut makes no difference", () => {
  const random = new Random(2);
  const outcome = (chunks: Uint8Array[]) => {
    try {
      return decodeAll(chunks);
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (let round = 0; round < ROUNDS / 10; round++) {
    const stream = random.pick(DAMAGES)(random.pick(seeds), random);
    assert.deepEqual(outcome(randomCuts(stream, random)), outcome([stream]));
  }
});

test("random bytes give values or a WireError", () => {
  const random = new Random(3);
  for (let round = 0; round < ROUNDS; round++) decode([random.bytes(random.below(60))], random);
});

test("random values survive encoding and decoding", () => {
  const random = new Random(4);
  const encoder = new GobEncoder({ register: REGISTER });
  const values = Array.from({ length: 1000 }, () => randomEverything(random));
  const stream = concat(values.map((value) => encoder.encode(Everything, value)));
  const items = decodeAll(randomCuts(stream, random));
  assert.deepEqual(items.map((item) => fit(Everything, item.value)), values);
});
