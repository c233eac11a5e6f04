// Waiting: it ends early where it may, and no timer or listener is left behind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { atMost, pause } from "../../src/base/waiting.ts";

/** Longer than any test may take. */
const FOREVER_MS = 2 ** 31 - 1;

/** A signal that counts its listeners. */
function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Map<unknown, string>();
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...args: Parameters<AbortSignal["addEventListener"]>) {
      listeners.set(args[1], args[0]);
      addEventListener.apply(signal, args);
    },
    removeEventListener(...args: Parameters<AbortSignal["removeEventListener"]>) {
      if (listeners.get(args[1]) === args[0]) listeners.delete(args[1]);
      removeEventListener.apply(signal, args);
    },
  });
  return { controller, signal, listeners };
}

/** Calls of clearTimeout with a timer that was started, while something runs. */
async function timersLeft(run: () => Promise<unknown>): Promise<number> {
  const { setTimeout, clearTimeout } = globalThis;
  const running = new Set<unknown>();
  globalThis.setTimeout = ((done: () => void, ms: number) => {
    const timer = setTimeout(() => {
      running.delete(timer);
      done();
    }, ms);
    running.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: Parameters<typeof clearTimeout>[0]) => {
    running.delete(timer);
    clearTimeout(timer);
  }) as typeof clearTimeout;
  try {
    await run();
    return running.size;
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

describe("a pause", () => {
  test("ends by itself, and leaves no listener", async () => {
    const { signal, listeners } = countedSignal();
    const paused = pause(1, signal);
    assert.deepEqual([...listeners.values()], ["abort"]);
    await paused;
    assert.equal(listeners.size, 0);
  });

  test("ends when its signal is aborted, and leaves no timer", async () => {
    const { controller, signal, listeners } = countedSignal();
    const left = await timersLeft(async () => {
      const paused = pause(FOREVER_MS, signal);
      controller.abort();
      await paused;
    });
    assert.equal(left, 0);
    assert.equal(listeners.size, 0);
  });

  test("does not begin when its signal is aborted already", async () => {
    const left = await timersLeft(() => pause(FOREVER_MS, AbortSignal.abort()));
    assert.equal(left, 0);
  });
});

describe("waiting at most a time", () => {
  test("ends with what is waited for, and leaves no timer", async () => {
    const left = await timersLeft(() => atMost(FOREVER_MS, Promise.resolve()));
    assert.equal(left, 0);
  });

  test("ends when the time is over", async () => {
    await atMost(1, new Promise(() => {}));
  });

  test("fails with what is waited for, and leaves no timer", async () => {
    const left = await timersLeft(() =>
      assert.rejects(atMost(FOREVER_MS, Promise.reject(new Error("no"))), /no/)
    );
    assert.equal(left, 0);
  });
});
