// What Go wrote is read as what Go meant, and what is written here is what Go writes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fit, GobEncoder, timeFromBytes } from "../../../src/wire/gob/mod.ts";
import { type Case, CASES } from "./cases.ts";
import {
  concat,
  decodeAll,
  fromHex,
  golden,
  GOLDEN_NAMES,
  Random,
  randomCuts,
  toHex,
} from "./support.ts";
import { REGISTER } from "./types.ts";

/** An interface's time is bytes: what it holds is not described. */
function readInterfaceTime(name: string, value: unknown): unknown {
  if (name !== "interface time") return value;
  const holder = value as { Any: { name: string; value: Uint8Array } };
  return { ...holder, Any: { ...holder.Any, value: timeFromBytes(holder.Any.value) } };
}

function assertDecodes({ name, values }: Case, chunks: Uint8Array[]): void {
  const items = decodeAll(chunks);
  assert.equal(items.length, values.length);
  for (const [i, { type, value }] of values.entries()) {
    assert.deepEqual(readInterfaceTime(name, fit(type, items[i]?.value)), value);
  }
}

test("every golden stream has its case, and every case its stream", () => {
  assert.deepEqual(CASES.map((c) => c.name).toSorted(), GOLDEN_NAMES.toSorted());
});

describe("decoding what Go wrote", () => {
  for (const [index, c] of CASES.entries()) {
    const chunks = golden(c.name).map(fromHex);
    const stream = concat(chunks);

    test(`"${c.name}" comes whole`, () => assertDecodes(c, [stream]));

    test(`"${c.name}" comes value by value`, () => assertDecodes(c, chunks));

    test(`"${c.name}" comes byte by byte`, () => {
      assertDecodes(c, Array.from(stream, (byte) => Uint8Array.of(byte)));
    });

    test(`"${c.name}" comes cut at random`, () => {
      const random = new Random(index);
      for (let round = 0; round < 20; round++) assertDecodes(c, randomCuts(stream, random));
    });
  }
});

describe("encoding", () => {
  for (const c of CASES.filter((c) => c.differs === undefined)) {
    test(`"${c.name}" gives Go's bytes`, () => {
      const encoder = new GobEncoder({ register: REGISTER });
      const chunks = c.values.map(({ type, value }) => toHex(encoder.encode(type, value)));
      assert.deepEqual(chunks, golden(c.name));
    });
  }

  for (const c of CASES.filter((c) => c.differs !== undefined)) {
    test(`"${c.name}" is read back as it was, though ${c.differs}`, () => {
      const encoder = new GobEncoder({ register: REGISTER });
      assertDecodes(c, c.values.map(({ type, value }) => encoder.encode(type, value)));
    });
  }
});
