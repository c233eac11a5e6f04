// Events: whose turn it is, what goes out, and what becomes of an event that fails.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { gatewayOf, startEvent } from "../support/events.ts";

const CALL = (method: string, ...args: unknown[]) => ({ kind: "call", method, args });
const FAILURE = { kind: "last-call", method: "stop", args: [500] };
const RETURN = { kind: "return" };

describe("an event", () => {
  test("returns at once when its handler does nothing", async () => {
    const { turn, events } = startEvent(() => {});
    assert.deepEqual(await turn(), RETURN);
    assert.equal(events.size, 0);
  });

  test("sends one call at a time, in order, awaited or not", async () => {
    const seen: unknown[] = [];
    const { turn, event, answer } = startEvent(async (kong: Event) => {
      const first = kong.call("a", [1]);
      const second = kong.call("b", []);
      void kong.call("c", [3]);
      seen.push(await second, await first);
    });
    assert.deepEqual(await turn(), CALL("a", 1));
    assert.deepEqual(await answer(event, "A"), CALL("b"));
    assert.deepEqual(await answer(event, "B"), CALL("c", 3));
    assert.deepEqual(await answer(event, undefined), RETURN);
    assert.deepEqual(seen, ["B", "A"]);
  });

  test("lets promises that nobody awaits make their calls before it returns", async () => {
    const { turn, event, answer } = startEvent((kong: Event) => {
      kong.call("get", []).then((value) => Promise.resolve(value)).then((value) => {
        kong.call("set", [value]);
      });
    });
    assert.deepEqual(await turn(), CALL("get"));
    assert.deepEqual(await answer(event, 7), CALL("set", 7));
    assert.deepEqual(await answer(event, undefined), RETURN);
  });

  test("passes the gateway's error on to the call", async () => {
    let caught: unknown;
    const { turn, event, refuse } = startEvent(async (kong: Event) => {
      await kong.call("get", []).catch((error) => caught = error);
    });
    await turn();
    assert.deepEqual(await refuse(event, "no such thing"), RETURN);
    assert.ok(caught instanceof GibbonError);
    assert.equal(caught.code, "PDK_FAILED");
    assert.match(caught.message, /get: no such thing/);
  });

  test("refuses a step when no call is out", async () => {
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const { turn, event, answer } = startEvent(async (kong: Event) => {
      await kong.call("get", []);
      await finished;
    });
    await turn();
    const returned = answer(event, 1);
    assert.throws(
      () => event.step(2, { gone: false, take: () => assert.fail("nothing is to be taken") }),
      (error) => error instanceof GibbonError && error.code === "STEP_UNEXPECTED",
    );
    finish();
    assert.deepEqual(await returned, RETURN);
  });
});

describe("an event that ends its request", () => {
  test("unwinds the handler, and sends nothing after it", async () => {
    const reached: string[] = [];
    const { turn, events } = startEvent((kong: Event) => {
      try {
        kong.call("exit", [403], { final: true });
        reached.push("after exit");
      } catch (error) {
        assert.ok(error instanceof RequestEnded);
        assert.throws(() => kong.call("more", []), RequestEnded);
        throw error;
      }
    });
    assert.deepEqual(await turn(), { kind: "last-call", method: "exit", args: [403] });
    assert.deepEqual(reached, []);
    assert.equal(events.size, 0);
  });

  test("sends what was asked for before", async () => {
    const { turn, event, answer } = startEvent((kong: Event) => {
      void kong.call("log", ["bye"]);
      kong.call("exit", [403], { final: true });
    });
    assert.deepEqual(await turn(), CALL("log", "bye"));
    assert.deepEqual(await answer(event, undefined), {
      kind: "last-call",
      method: "exit",
      args: [403],
    });
  });

  test("ends it also when the handler swallows what unwinds it", async () => {
    const { turn } = startEvent(async (kong: Event) => {
      try {
        kong.call("exit", [403], { final: true });
      } catch { /* as a plugin would that catches everything */ }
      await Promise.resolve();
    });
    assert.deepEqual(await turn(), { kind: "last-call", method: "exit", args: [403] });
  });
});

describe("an event that fails", () => {
  const failing: Record<string, (kong: Event) => unknown> = {
    "throws": () => {
      throw new Error("broken");
    },
    "rejects": () => Promise.reject(new Error("broken")),
    "throws nothing in particular": () => {
      throw undefined;
    },
  };
  for (const [how, handler] of Object.entries(failing)) {
    test(`stops the request when its handler ${how}`, async () => {
      const { turn, events, entries } = startEvent(handler);
      assert.deepEqual(await turn(), FAILURE);
      assert.equal(events.size, 0);
      assert.equal(entries.filter((entry) => entry.startsWith("[error]")).length, 1);
    });
  }

  test("lets the request pass in the log phase and where the plugin says so", async () => {
    const inLog = startEvent(failing.throws!, { phase: "log" });
    assert.deepEqual(await inLog.turn(), RETURN);
    const decoration = startEvent(failing.throws!, { onError: "continue" });
    assert.deepEqual(await decoration.turn(), RETURN);
  });

  test("stops the request with the answer to a call that is out", async () => {
    const { turn, event, answer, events } = startEvent((kong: Event) => {
      void kong.call("log", ["about to break"]);
      void kong.call("set", ["never sent"]);
      throw new Error("broken");
    });
    assert.deepEqual(await turn(), CALL("log", "about to break"));
    assert.equal(events.size, 1);
    assert.deepEqual(await answer(event, undefined), FAILURE);
    assert.equal(events.size, 0);
  });

  test("stops the request when a call fails that nobody can await any more", async () => {
    const { turn, event, refuse } = startEvent((kong: Event) => {
      void kong.call("set_header", ["x"]);
    });
    assert.deepEqual(await turn(), CALL("set_header", "x"));
    assert.deepEqual(await refuse(event, "no"), FAILURE);
  });

  test("fails calls that come too late, and sends nothing", async () => {
    const { turn, event } = startEvent(() => {});
    assert.deepEqual(await turn(), RETURN);
    const late = gatewayOf(event).call("get", []);
    await assert.rejects(late, (error) => {
      return error instanceof GibbonError && error.code === "EVENT_ENDED";
    });
  });

  test("bounds the calls that wait", async () => {
    const results: Promise<unknown>[] = [];
    const { turn, event } = startEvent(async (kong: Event) => {
      for (let i = 0; i < 10; i++) results.push(kong.call("get", [i]));
      await results.at(-1);
    }, { limits: { queuedCalls: 4 } });
    assert.deepEqual(await turn(), CALL("get", 0));
    await assert.rejects(results.at(-1)!, (error) => {
      return error instanceof GibbonError && error.code === "LIMIT";
    });
    event.abandon("done with the test");
    await Promise.allSettled(results);
  });
});

describe("an event whose time is over", () => {
  test("stops the request and aborts the handler", async () => {
    let aborted: unknown;
    const { turn, events } = startEvent((kong: Event) => {
      return new Promise<void>((resolve) => {
        kong.signal.addEventListener("abort", () => {
          aborted = kong.signal.reason;
          resolve();
        });
      });
    }, { deadline: 1 });
    assert.deepEqual(await turn(), FAILURE);
    assert.equal(events.size, 0);
    assert.ok(aborted instanceof GibbonError);
    assert.equal(aborted.code, "DEADLINE");
  });

  test("fails the call that the gateway does not answer, and stops a request that is late", async () => {
    let failed: unknown;
    const { turn, event, answer, events } = startEvent(async (kong: Event) => {
      await kong.call("get_body", []).catch((error) => failed = error);
    }, { deadline: 1, gatewayPatienceMs: 600_000 });
    await turn();
    while (failed === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(failed instanceof GibbonError);
    assert.equal(failed.code, "PDK_NO_ANSWER");
    assert.equal(events.size, 1);
    assert.deepEqual(await answer(event, "late"), FAILURE);
    assert.equal(events.size, 0);
  });

  test("is forgotten when the gateway never answers", async () => {
    const { turn, events } = startEvent((kong: Event) => kong.call("exit", []).catch(() => {}), {
      deadline: 1,
      gatewayPatienceMs: 1,
    });
    await turn();
    await events.idle();
    assert.equal(events.size, 0);
  });
});

describe("an event whose gateway leaves", () => {
  test("is over, and its handler is aborted", () => {
    let signal: AbortSignal | undefined;
    const taken: Turn[] = [];
    const { event, events, taker } = startEvent((kong: Event) => {
      signal = kong.signal;
      return new Promise(() => {});
    }, { onTurn: (turn) => taken.push(turn) });
    taker.gone = true;
    events.dropForsaken("the test hung up");
    assert.equal(events.size, 0);
    assert.equal(event.end, "abandoned");
    assert.equal(signal?.aborted, true);
    assert.deepEqual(taken, []);
  });
});
