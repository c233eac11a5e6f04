// Fitting what came to what was expected, by Go's rules.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fit, gob, GobEncoder, type GobType, type GobValue } from "../../../src/wire/gob/mod.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { decodeAll } from "./support.ts";
import { Envelope, Scalars } from "./types.ts";

/** Sends a value as one type and takes it as another. */
function sendAs<T, U>(sent: GobType<T>, value: T, taken: GobType<U>): U {
  return fit(taken, decodeAll([new GobEncoder().encode(sent, value)])[0]?.value);
}

describe("two sides with different types", () => {
  const AB = gob.struct("T", { A: gob.int, B: gob.string });

  test("go by names, not by order", () => {
    const BA = gob.struct("Other", { B: gob.string, A: gob.int });
    assert.deepEqual(sendAs(AB, { A: 1, B: "b" }, BA), { A: 1, B: "b" });
  });

  test("drop fields that are too many", () => {
    assert.deepEqual(sendAs(AB, { A: 1, B: "b" }, gob.struct("T", { B: gob.string })), { B: "b" });
  });

  test("fill in fields that are missing", () => {
    const More = gob.struct("T", {
      A: gob.int,
      C: gob.slice(gob.int),
      D: gob.pointer(gob.int),
      E: gob.array(2, gob.bool),
      F: gob.time,
      G: AB,
    });
    assert.deepEqual(sendAs(AB, { A: 1, B: "b" }, More), {
      A: 1,
      C: [],
      E: [false, false],
      F: { seconds: -62135596800, nanoseconds: 0 },
      G: { A: 0, B: "" },
    });
  });

  test("zero values are nobody else's", () => {
    const T = gob.struct("T", { L: gob.slice(gob.int) });
    fit(T, {}).L.push(1);
    assert.deepEqual(fit(T, {}), { L: [] });
  });

  test("an int fits every width", () => {
    assert.equal(sendAs(gob.int, 5, gob.int64), 5n);
    assert.equal(sendAs(gob.int64, 5n, gob.int), 5);
    assert.equal(sendAs(gob.int, 0, gob.uint64), 0n);
    assert.equal(sendAs(gob.uint64, 2n ** 64n - 1n, gob.uint64), 2n ** 64n - 1n);
  });

  const refused: [string, GobType<unknown>, unknown, RegExp][] = [
    ["a large int as a number", gob.int, 2n ** 60n, /the value is bigint, not a safe integer/],
    ["a negative number as a uint", gob.uint, -1, /-1, not a safe unsigned/],
    ["a negative bigint as a uint64", gob.uint64, -(2n ** 60n), /not an unsigned/],
    ["a float as an int", gob.int, 0.5, /0\.5, not a safe integer/],
    ["an int as a string", gob.string, 1, /1, not a string/],
    ["a text of digits as a uint", gob.uint, "5", /string, not a safe unsigned/],
    ["a text of digits as an int64", gob.int64, "5", /string, not an integer/],
    ["a text of digits as a uint64", gob.uint64, "5", /string, not an unsigned/],
    ["a float as a uint", gob.uint, 0.5, /0\.5, not a safe unsigned/],
    ["a float as an int64", gob.int64, 0.5, /0\.5, not an integer/],
    ["a string of an array's length as that", gob.array(2, gob.int), "ab", /not an array of 2/],
    ["null as a struct", Envelope, null, /null, not a struct Envelope/],
    ["a string as a complex number", gob.complex, "re", /not a complex/],
    ["a struct as an interface", gob.any, { value: 1 }, /not an interface/],
    ["a string as an interface", gob.any, "name", /not an interface/],
    ["a string as bytes", gob.bytes, "a", /string, not bytes/],
    ["a string as a bool", gob.bool, "a", /not a bool/],
    ["a string as a float", gob.float, "a", /not a float/],
    ["a map as a slice", gob.slice(gob.int), new Map(), /Map, not a slice/],
    ["a slice as a map", gob.map(gob.int, gob.int), [], /Array, not a map/],
    ["a slice as a struct", Envelope, [], /Array, not a struct Envelope/],
    ["a map as a struct", Envelope, new Map(), /Map, not a struct Envelope/],
    ["an array of another length", gob.array(2, gob.int), [1], /not an array of 2/],
    ["a struct as a complex number", gob.complex, {}, /not a complex/],
    ["bytes as an interface", gob.any, Uint8Array.of(1), /not an interface/],
    ["a string as a time", gob.time, "now", /not a time/],
    ["bytes that are no time", gob.time, Uint8Array.of(1, 2), /are no time/],
  ];
  for (const [title, type, value, message] of refused) {
    test(`${title} is refused`, () => {
      assert.throws(() => fit(type, value), { name: "WireError", code: "MALFORMED", message });
    });
  }

  test("the message says where, and the stream goes on", () => {
    const T = gob.struct("T", { List: gob.slice(gob.map(gob.string, gob.int)) });
    assert.throws(
      () => fit(T, { List: [new Map([["k", "v"]])] }),
      new WireError("MALFORMED", "gob: List.0.k is string, not a safe integer"),
    );
  });
});

test("a described type knows the type of its values", () => {
  type Expected = {
    Seq: bigint;
    Trace: string;
    Method: string;
    Error: string;
    Payload: Uint8Array;
  };
  const envelope: GobValue<typeof Envelope> = fit(Envelope, { Seq: 1 });
  const same: Expected = envelope;
  assert.equal(same.Seq, 1n);
  // @ts-expect-error a bigint is not a number
  const wrong: number = fit(Scalars, {}).Int64;
  assert.equal(wrong, 0n);
  // @ts-expect-error a field is missing
  assert.deepEqual(new GobEncoder().encode(gob.struct("T", { A: gob.int }), {}).length > 0, true);
  const Optional = gob.struct("T", { A: gob.pointer(gob.int) });
  assert.ok(new GobEncoder().encode(Optional, {}).length > 0);
});
