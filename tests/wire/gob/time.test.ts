// Go's times as dates.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timeFromBytes, timeFromDate, timeToBytes, timeToDate } from "../../../src/wire/gob/mod.ts";

test("dates before and after 1970 survive being times", () => {
  for (
    const text of ["2024-02-29T12:34:56.789Z", "1969-12-31T23:59:59.001Z", "0001-01-01T00:00:00Z"]
  ) {
    const date = new Date(text);
    assert.deepEqual(timeToDate(timeFromBytes(timeToBytes(timeFromDate(date)))), date);
  }
});

test("zones to the second survive, west ones too", () => {
  for (const offset of [0, 3600, -12600, 19845, -19845, 30, -30]) {
    const time = { seconds: 1, nanoseconds: 2, offset };
    assert.deepEqual(timeFromBytes(timeToBytes(time)), time);
  }
});

test("a zone that Go takes for UTC, or cannot say, is refused", () => {
  for (const offset of [-60, -90, 1e9, 0.5, NaN]) {
    assert.throws(() => timeToBytes({ seconds: 1, nanoseconds: 2, offset }), TypeError);
  }
});

test("bytes that are no time are refused", () => {
  const good = timeToBytes({ seconds: 1, nanoseconds: 2 });
  const version = good.with(0, 3);
  const nanoseconds = good.with(9, 0x7f);
  const seconds = good.with(1, 0x7f);
  for (const bytes of [new Uint8Array(0), good.subarray(1), version, nanoseconds, seconds]) {
    assert.throws(() => timeFromBytes(bytes), { code: "MALFORMED" });
  }
});
