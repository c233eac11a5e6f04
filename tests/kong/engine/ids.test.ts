// Ids: in their range, not taken, and not what a server before gave out.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import {
  clockId,
  countingIds,
  randomId,
  sharedIds,
  workerOf,
} from "../../../src/kong/engine/ids.ts";

const LARGEST = 2 ** 31 - 1;
const free = () => false;

describe("counting ids", () => {
  test("count up from the first", () => {
    const next = countingIds(7);
    assert.deepEqual([next(free), next(free), next(free)], [7, 8, 9]);
  });

  test("leave out what is taken, and go on behind it", () => {
    const next = countingIds(7);
    assert.equal(next((id) => id < 10), 10);
    assert.equal(next(free), 11);
  });

  test("begin at 1 again after the largest", () => {
    const next = countingIds(LARGEST - 1);
    assert.deepEqual([next(free), next(free), next(free)], [LARGEST - 1, LARGEST, 1]);
    assert.equal(countingIds(LARGEST)((id) => id === LARGEST), 1);
  });
});

describe("ids of one worker of several", () => {
  test("begin beside the first, and are a worker's number apart", () => {
    for (const [index, expected] of [[0, [9, 12]], [1, [10, 13]], [2, [11, 14]]] as const) {
      const next = sharedIds(9, index, 3);
      assert.deepEqual([next(free), next(free)], expected);
      assert.deepEqual(expected.map((id) => workerOf(id, 3)), [index, index]);
    }
    assert.equal(sharedIds(11, 1, 3)(free), 10);
  });

  test("leave out what is taken, and go on behind it", () => {
    const next = sharedIds(9, 1, 3);
    assert.equal(next((id) => id < 14), 16);
    assert.equal(next(free), 19);
  });

  test("begin low again after the largest, and never at 0", () => {
    // 2^31 - 1 is one more than a multiple of 3.
    const [zero, one, two] = [0, 1, 2].map((index) => sharedIds(LARGEST, index, 3));
    assert.deepEqual([zero!(free), zero!(free), zero!(free)], [LARGEST - 1, 3, 6]);
    assert.deepEqual([one!(free), one!(free), one!(free)], [LARGEST, 1, 4]);
    assert.deepEqual([two!(free), two!(free)], [2, 5]);
    assert.equal(sharedIds(1, 0, 3)(free), 3);
  });

  test("belong to no worker if they are none", () => {
    assert.deepEqual([1, LARGEST].map((id) => workerOf(id, 2)), [1, 1]);
    for (const none of [0, -2, 1.5, NaN, Infinity, "4", undefined, null]) {
      assert.equal(workerOf(none, 2), undefined, String(none));
    }
  });
});

describe("the first id", () => {
  const { random } = Math;
  afterEach(() => void (Math.random = random));

  test("of a server is later the later it starts, by 128 a second", () => {
    assert.deepEqual([0, 7.8, 7.9, 1000, 2000].map(clockId), [1, 1, 2, 129, 257]);
  });

  test("of a server comes round after the largest", () => {
    const roundMs = LARGEST / 128 * 1000;
    assert.equal(clockId(roundMs - 1), LARGEST);
    assert.equal(clockId(roundMs + 8), 2);
  });

  test("of events is any that there is", () => {
    Math.random = () => 0;
    assert.equal(randomId(), 1);
    Math.random = () => 0.5;
    assert.equal(randomId(), 2 ** 30);
    Math.random = () => 1 - 2 ** -53;
    assert.equal(randomId(), LARGEST);
  });
});
