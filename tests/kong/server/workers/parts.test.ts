// The small parts of a server of several processes: ids, restarts, the watchdog.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RestartPolicy } from "../../../../src/kong/server/workers/restart.ts";
import { beatMs, Watchdog } from "../../../../src/kong/server/workers/watchdog.ts";
import { sharedIds, workerOf } from "../../../../src/kong/engine/ids.ts";

const LARGEST = 0x7fff_ffff;

describe("ids that several workers share", () => {
  for (const workers of [2, 3, 4, 7, 256]) {
    test(`tell which of ${workers} workers they are of`, () => {
      for (const first of [1, 2, 1000, LARGEST - 1, LARGEST]) {
        for (let index = 0; index < workers; index++) {
          const next = sharedIds(first, index, workers);
          for (let i = 0; i < 20; i++) {
            const id = next(() => false);
            assert.ok(Number.isInteger(id) && id >= 1 && id <= LARGEST, `${id}`);
            assert.equal(workerOf(id, workers), index);
          }
        }
      }
    });
  }

  test("are not given out while they are taken", () => {
    const next = sharedIds(10, 1, 2);
    const taken = new Set([11, 13]);
    assert.equal(next((id) => taken.has(id)), 15);
    assert.equal(next((id) => taken.has(id)), 17);
  });

  test("are of nobody if they are no ids", () => {
    for (const id of [0, -3, 1.5, "7", null, undefined, NaN, 2 ** 60]) {
      assert.equal(workerOf(id, 2), undefined, String(id));
    }
  });
});

describe("the policy for restarts", () => {
  test("lets a successor begin at once, and waits longer and longer if they keep dying", () => {
    const policy = new RestartPolicy();
    const waits = Array.from({ length: 12 }, () => policy.died(0));
    assert.deepEqual(waits.slice(0, 5), [0, 0, 200, 400, 800]);
    assert.equal(waits.at(-1), 10_000);
  });

  test("forgets early deaths once a worker has served for a while", () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 5; i++) policy.died(0);
    assert.equal(policy.died(60_000), 0);
    assert.equal(policy.died(0), 0);
  });
});

describe("the watchdog", () => {
  test("asks for several beats within the time that a worker may be blocked", () => {
    assert.equal(beatMs(10_000), 1000);
    assert.equal(beatMs(400), 100);
  });

  test("barks once where no beat comes", async () => {
    let barks = 0;
    await new Promise<void>((resolve) => {
      new Watchdog(20, () => {
        barks++;
        resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(barks, 1);
  });

  test("does not bark as long as there are beats, nor when it is stopped", async () => {
    const watchdog = new Watchdog(20, () => assert.fail("it barked"));
    // Each turn of the loop lets the watchdog tick at most once.
    for (let i = 0; i < 20; i++) {
      watchdog.beat();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    watchdog.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
});
