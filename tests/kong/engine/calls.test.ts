// The queue of an event's calls: one is out at a time, and what fails is heard once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Calls } from "../../../src/kong/engine/calls.ts";

describe("the calls of an event", () => {
  test("go out in order, and are out until they are answered", async () => {
    const calls = new Calls();
    assert.equal(calls.next(), undefined);
    assert.equal(calls.out, undefined);
    const first = calls.add("a", [1], { bytes: true });
    void calls.add("b", [], {});
    assert.equal(calls.waiting, 2);
    const call = calls.next();
    assert.deepEqual([call?.method, call?.args, call?.options], ["a", [1], { bytes: true }]);
    assert.equal(calls.out, call);
    assert.equal(calls.waiting, 1);
    calls.answered()?.resolve("answer");
    assert.equal(calls.out, undefined);
    assert.equal(calls.answered(), undefined);
    assert.equal(await first, "answer");
    assert.equal(calls.next()?.method, "b");
  });

  test("are not out where the gateway will not answer", () => {
    const calls = new Calls();
    calls.addLast("exit", [403]);
    const call = calls.next();
    assert.deepEqual([call?.method, call?.args, call?.options.final], ["exit", [403], true]);
    assert.equal(calls.out, undefined);
  });

  test("all fail together, and the one that is out can still be answered", async () => {
    const calls = new Calls();
    const results = ["a", "b"].map((method) => calls.add(method, [], {}));
    calls.next();
    calls.addLast("exit", []);
    calls.fail(new Error("over"));
    for (const result of results) await assert.rejects(result, /over/);
    assert.equal(calls.waiting, 0);
    assert.equal(calls.out?.method, "a");
    calls.answered()?.resolve("late");
    await assert.rejects(results[0]!, /over/);
  });

  test("that fail leave nothing out where nothing was, and nobody has to listen", async () => {
    const calls = new Calls();
    void calls.add("a", [], {});
    calls.fail(new Error("nobody hears this"));
    assert.equal(calls.out, undefined);
    assert.equal(calls.answered(), undefined);
    await new Promise((resolve) => setImmediate(resolve));
  });
});
