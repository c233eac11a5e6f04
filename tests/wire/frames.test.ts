// Length-prefixed frames, in both byte orders and however they are cut.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { frame, FrameReader, frames } from "../../src/wire/frames.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { concat, CUTS, fromHex, seededRandom } from "../support/pieces.ts";

/** Frames of all sizes around what buffers are made for, with bytes that tell them apart. */
function samples(): Uint8Array[] {
  const random = seededRandom(11);
  return [0, 1, 3, 4, 5, 255, 256, 4095, 4096, 9000, 0, 7].map((length) =>
    Uint8Array.from({ length }, () => Math.floor(random() * 256))
  );
}

function readAll(reader: FrameReader, chunks: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.next(); next; next = reader.next()) frames.push(next);
  }
  return frames;
}

const isLimit = (error: unknown) =>
  error instanceof WireError && error.name === "WireError" && error.code === "LIMIT";

describe("frames", () => {
  test("have their length in the byte order that was asked for", () => {
    const bytes = fromHex("aabbcc");
    assert.deepEqual([...frame(bytes, "big")], [...fromHex("00000003aabbcc")]);
    assert.deepEqual([...frame(bytes, "little")], [...fromHex("03000000aabbcc")]);
    const long = frame(new Uint8Array(0x01_02_03), "big");
    assert.deepEqual([...long.subarray(0, 4)], [...fromHex("00010203")]);
  });

  test("go out in a row, empty ones too", () => {
    const row = frames([fromHex("aabb"), fromHex(""), fromHex("cc")], "little");
    assert.deepEqual([...row], [...fromHex("02000000aabb0000000001000000cc")]);
    assert.deepEqual([...frames([], "big")], []);
  });

  for (const byteOrder of ["big", "little"] as const) {
    for (const [manner, cut] of Object.entries(CUTS)) {
      test(`that are ${byteOrder}-endian come out as they went in: ${manner}`, () => {
        const wanted = samples();
        const stream = concat(...wanted.map((bytes) => frame(bytes, byteOrder)));
        const reader = new FrameReader({ maxBytes: 9000, byteOrder });
        const found = readAll(reader, cut(stream));
        // Compared when all are there: none may change when later ones come in.
        assert.deepEqual(found.map((bytes) => bytes.slice()), wanted);
        assert.equal(reader.pendingBytes, 0);
      });
    }
  }

  test("that are a chunk of their own come without their length", () => {
    const reader = new FrameReader({ maxBytes: 10, byteOrder: "big" });
    for (let round = 0; round < 2; round++) {
      reader.push(fromHex("00000002aabb"));
      assert.deepEqual(reader.next(), fromHex("aabb"));
      assert.equal(reader.next(), undefined);
    }
  });

  test("that are not complete are waited for", () => {
    const reader = new FrameReader({ maxBytes: 10, byteOrder: "big" });
    reader.push(fromHex("00000002aa"));
    assert.equal(reader.next(), undefined);
    assert.equal(reader.pendingBytes, 5);
    reader.push(fromHex("bb"));
    assert.deepEqual(reader.next(), fromHex("aabb"));
    assert.equal(reader.next(), undefined);
  });

  test("that are too long are refused as soon as their length is there", () => {
    const reader = new FrameReader({ maxBytes: 1 << 20, byteOrder: "big" });
    reader.push(fromHex("00100000"));
    assert.equal(reader.next(), undefined);
    const refusing = new FrameReader({ maxBytes: 1 << 20, byteOrder: "big" });
    refusing.push(fromHex("001000"));
    assert.equal(refusing.next(), undefined);
    refusing.push(fromHex("01"));
    assert.throws(() => refusing.next(), isLimit);
  });

  test("may have a length of four full bytes, which is no negative number", () => {
    const reader = new FrameReader({ maxBytes: 1 << 20, byteOrder: "little" });
    reader.push(fromHex("ffffffff"));
    assert.throws(() => reader.next(), isLimit);
  });
});
