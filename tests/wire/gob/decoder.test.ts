// The decoder by itself: what values become, and what happens between messages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gob, GobDecoder, GobEncoder, type GobType } from "../../../src/wire/gob/mod.ts";
import { decodeAll, fromHex, golden } from "./support.ts";

/** The values of a golden stream as they come, not fitted to a type. */
function plain(name: string): unknown[] {
  return decodeAll(golden(name).map(fromHex)).map((item) => item.value);
}

describe("values without a description", () => {
  test("integers are numbers as long as they are exact, then bigints", () => {
    assert.deepEqual(
      plain("int64"),
      [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 5],
    );
    assert.deepEqual(plain("uint64"), [2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, 5]);
    assert.deepEqual(plain("int large").slice(3), [2 ** 53 - 1, 1 - 2 ** 53]);
  });

  test("structs have the fields that were sent", () => {
    assert.deepEqual(plain("struct"), [{ X: 1, Y: -2 }, {}, { Y: 5 }]);
  });

  test("maps are Maps, with keys of any name", () => {
    const [map] = plain("map of many") as Map<string, number>[];
    assert.deepEqual(map?.get("__proto__"), 4);
    assert.equal(map?.size, 4);
  });

  test("interfaces say the name of their type", () => {
    assert.deepEqual((plain("interface new types")[0] as { Shape: unknown }).Shape, {
      name: "main.Square",
      value: { Side: 1.5 },
    });
  });

  test("types with an encoding of their own are bytes", () => {
    assert.deepEqual(plain("opaque top-level")[0], Uint8Array.of(9, 8));
  });

  test("the type's name comes along", () => {
    const names = decodeAll(golden("several types").map(fromHex)).map((item) => item.typeName);
    assert.deepEqual(
      names,
      ["Point", "", "Segment", "[]main.Point", "Point", "", "Segment", ""],
    );
  });
});

describe("fields that Go would not take", () => {
  /** A struct as it comes from somebody who does not keep to Go's names. */
  function receive(fields: Record<string, GobType<unknown>>, json: string): unknown {
    const list = Object.entries(fields).map(([name, type]) => ({ name, type }));
    const type: GobType<unknown> = { kind: "struct", name: "T", fields: list };
    return decodeAll([new GobEncoder().encode(type, JSON.parse(json))])[0]?.value;
  }

  test("a field whose name is not exported is skipped", () => {
    assert.deepEqual(receive({ x: gob.int, Y: gob.int }, '{ "x": 1, "Y": 2 }'), { Y: 2 });
    assert.deepEqual(receive({ _X: gob.any, "Äh": gob.int }, '{ "_X": null, "Äh": 2 }'), {
      "Äh": 2,
    });
  });

  test("a field __proto__ does nothing", () => {
    const fields = { ["__proto__"]: gob.slice(gob.int), Y: gob.int };
    const value = receive(fields, '{ "__proto__": [5], "Y": 33 }') as object;
    assert.deepEqual(value, { Y: 33 });
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });
});

describe("a value in several messages", () => {
  const chunks = golden("interface in interface").map(fromHex);

  test("is not there before its last byte, and leaves no types behind until then", () => {
    const stream = chunks[0] as Uint8Array;
    for (let cut = 0; cut < stream.length; cut++) {
      const decoder = new GobDecoder();
      decoder.push(stream.subarray(0, cut));
      assert.equal(decoder.next(), undefined);
      assert.equal(decoder.next(), undefined);
      decoder.push(stream.subarray(cut));
      assert.equal(decoder.next()?.typeName, "Box");
      assert.equal(decoder.next(), undefined);
    }
  });
});

describe("the buffer", () => {
  test("bytes that were taken do not change with what comes later", () => {
    const encoder = new GobEncoder();
    const decoder = new GobDecoder();
    decoder.push(encoder.encode(gob.bytes, Uint8Array.of(1, 2, 3)));
    const first = decoder.next()?.value;
    decoder.push(encoder.encode(gob.bytes, Uint8Array.of(7, 8, 9)));
    assert.deepEqual(decoder.next()?.value, Uint8Array.of(7, 8, 9));
    assert.deepEqual(first, Uint8Array.of(1, 2, 3));
  });

  test("a thousand values pushed at once come one by one", () => {
    const encoder = new GobEncoder();
    const decoder = new GobDecoder();
    for (let i = 0; i < 1000; i++) decoder.push(encoder.encode(gob.int, i));
    for (let i = 0; i < 1000; i++) assert.equal(decoder.next()?.value, i);
    assert.equal(decoder.next(), undefined);
  });
});
