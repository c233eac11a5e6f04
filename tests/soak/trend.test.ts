// The soak's judgement: what rises is found, and what only jitters is not taken for rising.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judged, type Point, slopeOf, trendOf } from "../../scripts/soak/trend.ts";
import { Random } from "../support/random.ts";

const THRESHOLD = { relative: 0.1, absolute: 8 };

/** A measurement a second. */
const series = (length: number, value: (second: number) => number): Point[] =>
  Array.from({ length }, (_, second) => [second, value(second)]);

/** A measurement each ten seconds: `value` is told the number of them before. */
const slow = (length: number, value: (before: number) => number): Point[] =>
  Array.from({ length }, (_, before) => [10 * before, value(before)]);

describe("the slope of a series", () => {
  test("is that of a line", () => {
    assert.equal(slopeOf(series(20, (second) => 5 + 3 * second)), 3);
    assert.equal(slopeOf(series(20, () => 7)), 0);
    assert.equal(slopeOf(series(20, (second) => -second)), -1);
    assert.ok(Number.isNaN(slopeOf([[1, 1]])));
  });

  test("is not turned by a quarter of wild values", () => {
    const random = new Random(1);
    const wild = series(100, (second) => random.below(4) === 0 ? 1e6 * random.next() : 10 + second);
    assert.ok(Math.abs(slopeOf(wild) - 1) < 0.2, String(slopeOf(wild)));
  });
});

describe("a trend", () => {
  test("is judged in the second half: the first is for warming up", () => {
    assert.deepEqual(judged(series(5, (second) => second)).map(([second]) => second), [2, 3, 4]);
    const warm = slow(100, (second) => Math.min(second, 50));
    assert.deepEqual(trendOf(warm, THRESHOLD), { growth: 0, median: 50, rises: false });
  });

  test("rises when both thresholds are passed", () => {
    const growing = (by: number, from: number) => slow(100, (second) => from + by * second / 49);
    assert.equal(trendOf(growing(20, 100), THRESHOLD)?.rises, true);
    // By 7 MB of 10: a heap that finds its size. By 9 MB of 200: too little a part.
    assert.equal(trendOf(growing(7, 10), THRESHOLD)?.rises, false);
    assert.equal(trendOf(growing(9, 200), THRESHOLD)?.rises, false);
  });

  test("does not rise in a saw's teeth, or where a death sends it to the bottom", () => {
    const saw = slow(200, (second) => 100 + 3 * (second % 17));
    assert.equal(trendOf(saw, THRESHOLD)?.rises, false);
    const reborn = slow(200, (second) => second % 40 === 0 ? 30 : 100);
    assert.equal(trendOf(reborn, THRESHOLD)?.rises, false);
  });

  test("is found in a saw's teeth", () => {
    const saw = slow(200, (second) => 100 + 3 * (second % 17) + second * 0.3);
    assert.equal(trendOf(saw, THRESHOLD)?.rises, true);
  });

  test("leaves out what could not be measured", () => {
    const gaps = slow(100, (second) => second % 3 === 0 ? NaN : 100 + second);
    assert.equal(trendOf(gaps, THRESHOLD)?.rises, true);
  });

  test("is not told of a few measurements, or of a short time", () => {
    const sparse = (length: number): Point[] =>
      slow(length, (before) => 100 * before).map(([seconds, value]) => [6 * seconds, value]);
    assert.equal(trendOf(sparse(14), THRESHOLD), undefined);
    assert.notEqual(trendOf(sparse(16), THRESHOLD), undefined);
    assert.equal(trendOf(slow(30, (before) => 100 * before), THRESHOLD), undefined);
    assert.notEqual(trendOf(slow(32, (before) => 100 * before), THRESHOLD), undefined);
  });
});
