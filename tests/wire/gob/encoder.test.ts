// The encoder by itself: types once, ids, what it refuses.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fit, gob, GobDecoder, GobEncoder, type GobType } from "../../../src/wire/gob/mod.ts";
import { decodeAll } from "./support.ts";
import { Link, Point, Pointers } from "./types.ts";

describe("definitions", () => {
  test("go out with the first value only", () => {
    const encoder = new GobEncoder();
    const first = encoder.encode(Point, { X: 1, Y: 2 });
    const second = encoder.encode(Point, { X: 1, Y: 2 });
    assert.deepEqual(first.subarray(first.length - second.length), second);
    assert.equal(second.length, 8);
  });

  test("are on every stream anew", () => {
    const value = { X: 1, Y: 2 };
    assert.deepEqual(new GobEncoder().encode(Point, value), new GobEncoder().encode(Point, value));
  });

  test("slices, arrays and maps of the same are one type, wherever they were described", () => {
    const encoder = new GobEncoder();
    encoder.encode(gob.map(gob.string, gob.slice(gob.int)), new Map());
    const again = encoder.encode(gob.map(gob.string, gob.slice(gob.int64)), new Map());
    assert.equal(again.length, 4 + 1);
    assert.ok(encoder.encode(gob.slice(gob.uint), []).length > again.length);
  });

  test("are not lost with a value that is refused", () => {
    const encoder = new GobEncoder();
    assert.throws(() => encoder.encode(Point, { X: 0.5, Y: 0 }), TypeError);
    const decoder = new GobDecoder();
    decoder.push(encoder.encode(Point, { X: 1, Y: 2 }));
    assert.deepEqual(decoder.next()?.value, { X: 1, Y: 2 });
  });

  test("of types in interfaces go ahead of the value", () => {
    const encoder = new GobEncoder({ register: { "main.Point": Point } });
    const value = { name: "main.Point", value: { X: 1, Y: 2 } };
    const [item] = decodeAll([encoder.encode(gob.slice(gob.any), [value])]);
    assert.deepEqual(item?.value, [value]);
  });
});

describe("an interface holds", () => {
  /** What is sent, and what comes in of it, of each type that Go knows by itself. */
  const basics: readonly (readonly [names: string, sent: unknown, received: unknown])[] = [
    ["int int8 int16 int32 int64", -3n, -3],
    ["uint uint8 uint16 uint32 uint64 uintptr", 3n, 3],
    ["float32 float64", 1.5, 1.5],
    ["complex64 complex128", { re: 1, im: 2 }, { re: 1, im: 2 }],
    ["bool", true, true],
    ["string", "text", "text"],
  ];
  const sendAny = (name: string, value: unknown) =>
    decodeAll([new GobEncoder().encode(gob.any, { name, value })])[0]?.value;
  for (const [names, sent, received] of basics) {
    test(`${names}, and slices of them`, () => {
      for (const name of names.split(" ")) {
        assert.deepEqual(sendAny(name, sent), { name, value: received });
        const slice = `[]${name}`;
        if (name === "uint8") {
          assert.deepEqual(sendAny(slice, Uint8Array.of(1, 2)), {
            name: slice,
            value: Uint8Array.of(1, 2),
          });
        } else {
          const value = [received, received];
          assert.deepEqual(sendAny(slice, [sent, sent]), { name: slice, value });
        }
      }
    });
  }
});

test("integers go out to the ends of 64 bits", () => {
  const ends = [2n ** 63n - 1n, -(2n ** 63n)];
  for (const value of ends) {
    assert.equal(decodeAll([new GobEncoder().encode(gob.int64, value)])[0]?.value, value);
  }
  const largest = 2n ** 64n - 1n;
  assert.equal(decodeAll([new GobEncoder().encode(gob.uint64, largest)])[0]?.value, largest);
  assert.equal(decodeAll([new GobEncoder().encode(gob.uint64, 0n)])[0]?.value, 0);
});

describe("values that are not of their type", () => {
  const refused: [string, GobType<unknown>, unknown, RegExp][] = [
    ["a fraction as an int", gob.int, 1.5, /1\.5, not of type int/],
    ["an int past 64 bits", gob.int64, 2n ** 63n, /not of type int64/],
    ["an int64 below 64 bits", gob.int64, -(2n ** 63n) - 1n, /not of type int64/],
    ["a negative uint64", gob.uint64, -1n, /not of type uint64/],
    ["a uint64 past 64 bits", gob.uint64, 2n ** 64n, /not of type uint64/],
    ["a map as a struct", Point, new Map(), /Map, not of type struct Point/],
    ["bytes as a struct", Point, Uint8Array.of(1), /Uint8Array, not of type struct Point/],
    ["null as a struct", Point, null, /null, not of type struct Point/],
    ["a negative uint", gob.uint, -1, /-1, not of type uint/],
    ["an unsafe number", gob.uint, 2 ** 53, /not of type uint/],
    ["a string as bytes", gob.bytes, "text", /string, not of type bytes/],
    ["null as a string", gob.string, null, /null, not of type string/],
    ["an object as a map", gob.map(gob.string, gob.int), {}, /Object, not of type map/],
    ["a short array", gob.array(2, gob.int), [1], /Array, not of type array/],
    ["an array as a struct", Point, [], /Array, not of type struct Point/],
    ["nil in a slice", gob.slice(gob.pointer(gob.int)), [undefined], /0 is undefined/],
    ["nothing at all", gob.int, undefined, /the value is undefined/],
    ["a complex number of one part", gob.complex, { re: 1 }, /not of type complex/],
    ["a time with too many nanoseconds", gob.time, { seconds: 0, nanoseconds: 1e9 }, /no time/],
    ["a type that nobody registered", gob.any, { name: "main.T", value: 1 }, /not registered/],
    ["an interface of the wrong value", gob.any, { name: "int", value: "1" }, /not of type int64/],
  ];
  for (const [title, type, value, message] of refused) {
    test(`${title} is refused`, () => {
      assert.throws(() => new GobEncoder().encode(type, value), { name: "TypeError", message });
    });
  }

  test("the message says where", () => {
    const Outer = gob.struct("Outer", { Points: gob.map(gob.string, gob.slice(Point)) });
    const wrong = { Points: new Map([["k", [{ X: 1, Y: 1 }, { X: NaN, Y: 1 }]]]) };
    assert.throws(() => new GobEncoder().encode(Outer, wrong), {
      message: "gob: Points.k.1.X is NaN, not of type int",
    });
  });

  test("a value that contains itself is refused", () => {
    const link: Link = { Value: 1 };
    link.Next = link;
    assert.throws(() => new GobEncoder().encode(Link, link), /1000 values inside each other/);
  });

  test("a field that Go would not export cannot be described", () => {
    assert.throws(() => gob.struct("T", { name: gob.string }), /T\.name has to begin with/);
  });
});

describe("zero and nil", () => {
  test("minus zero, as a field, is zero: Go leaves it out", () => {
    const T = gob.struct("T", { F: gob.float });
    const [item] = decodeAll([new GobEncoder().encode(T, { F: -0 })]);
    assert.deepEqual(item?.value, {});
  });

  test("a map behind a pointer can be nil or empty", () => {
    const encoder = new GobEncoder();
    const [none, empty] = decodeAll([
      encoder.encode(Pointers, {}),
      encoder.encode(Pointers, { Map: new Map() }),
    ]);
    assert.deepEqual(fit(Pointers, none?.value), {});
    assert.deepEqual(fit(Pointers, empty?.value), { Map: new Map() });
  });

  test("a lone surrogate is sent as U+FFFD", () => {
    const long = "\ud800".repeat(50);
    const encoder = new GobEncoder();
    const [short, other] = decodeAll([
      encoder.encode(gob.string, "a\ud800"),
      encoder.encode(gob.string, long),
    ]);
    assert.equal(short?.value, "a\ufffd");
    assert.equal(other?.value, "\ufffd".repeat(50));
  });
});
