// Events: whose turn it is, what goes out, and what becomes of an event that fails.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { Event, type EventOwner } from "../../../src/kong/engine/event.ts";
import { Instance } from "../../../src/kong/engine/instance.ts";
import { createLogger } from "../../../src/base/log.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { gatewayOf, pluginOf, startEvent } from "../support/events.ts";

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

  test("stops the request also if the call that was out when the handler failed fails", async () => {
    const { turn, event, refuse, events } = startEvent((kong: Event) => {
      void kong.call("log", ["about to break"]);
      throw new Error("broken");
    });
    assert.deepEqual(await turn(), CALL("log", "about to break"));
    assert.deepEqual(await refuse(event, "no"), FAILURE);
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

  test("stops a request whose late answer is an error", async () => {
    const { turn, event, refuse, events } = startEvent((kong: Event) => kong.call("get", []), {
      deadline: 1,
      gatewayPatienceMs: 600_000,
    });
    await turn();
    while (!event.over) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await refuse(event, "no"), FAILURE);
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

/** Runs what is waiting to run: promises, and what they make run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function isError(code: string, plugin = "under-test") {
  return (error: unknown) => {
    assert.ok(error instanceof GibbonError, String(error));
    assert.deepEqual([error.code, error.plugin, error.phase], [code, plugin, "access"]);
    return true;
  };
}

/** An event with an owner that writes down what it is told. */
function ownedEvent(handler: (kong: Event) => unknown) {
  const told: unknown[] = [];
  const owner: EventOwner = {
    queuedCalls: 10,
    lateStepMs: 50,
    recorder: undefined,
    handled: (event, end, error) => void told.push(["handled", event.id, end, error]),
    ended: (event) => void told.push(["ended", event.id]),
    damaged: (event, error) => void told.push(["damaged", event.id, error]),
    failureCall: () => ({ method: "stop", args: [] }),
  };
  const plugin = pluginOf(handler);
  const log = createLogger(() => {});
  const parts = { id: 1, plugin, raw: {}, config: {}, state: undefined, scope: undefined };
  const instance = new Instance({ ...parts, nowMs: 0, log });
  const event = new Event(4, instance, "access", owner, { now: 1000, limitMs: 100 });
  const turns: Turn[] = [];
  const taker = { gone: false, take: (turn: Turn) => void turns.push(turn) };
  return { event, told, turns, taker, begin: () => event.begin(event, taker) };
}

describe("an event's owner is told once that its handler is done, and then that it is over", () => {
  const broken = new Error("broken");
  const cases: Readonly<Record<string, [(kong: Event) => unknown, string, Error?]>> = {
    "when it returns": [() => {}, "returned"],
    "when it ends its request": [(kong) => kong.call("exit", [], { final: true }), "exited"],
    "when it fails": [() => Promise.reject(broken), "failed", broken],
  };
  for (const [what, [handler, end, error]] of Object.entries(cases)) {
    test(what, async () => {
      const { event, told, begin } = ownedEvent(handler);
      assert.equal(event.end, undefined);
      begin();
      await settle();
      assert.deepEqual(told, [["handled", 4, end, error], ["ended", 4]]);
      assert.equal(event.end, end);
      assert.equal(event.over, true);
    });
  }

  test("when the gateway leaves, and nothing that comes later is told", async () => {
    const hanging = Promise.withResolvers<void>();
    const { event, told, turns, begin } = ownedEvent(() => hanging.promise);
    begin();
    assert.equal(event.over, false);
    event.abandon("it left");
    event.abandon("it left again");
    event.expire(1e9);
    hanging.reject(broken);
    await settle();
    assert.deepEqual(told.map((entry) => (entry as unknown[])[0]), ["handled", "ended"]);
    assert.equal(event.end, "abandoned");
    assert.deepEqual(turns, []);
  });

  test("when it fails while the gateway has the turn, which then leaves", async () => {
    const { event, told, begin } = ownedEvent((kong) => {
      void kong.call("get", []);
      throw broken;
    });
    begin();
    assert.deepEqual(told, [["handled", 4, "failed", broken]]);
    assert.equal(event.end, undefined);
    assert.equal(event.over, true);
    event.abandon("it left");
    assert.deepEqual(told, [["handled", 4, "failed", broken], ["ended", 4]]);
    assert.equal(event.end, "failed");
    await settle();
  });
});

describe("an event's time", () => {
  test("is over when its limit is, and not before", () => {
    const { event, told, turns, begin } = ownedEvent(() => new Promise(() => {}));
    assert.equal(event.startedAt, 1000);
    begin();
    event.expire(1099);
    assert.deepEqual(told, []);
    event.expire(1100);
    assert.deepEqual(turns, [{ kind: "last-call", method: "stop", args: [] }]);
    assert.equal(event.end, "timed-out");
  });

  test("waits as long for a late answer as the gateway does, and no longer", async () => {
    const { event, told, turns, begin } = ownedEvent((kong) => kong.call("get", []));
    begin();
    event.expire(1100);
    event.expire(1149);
    await settle();
    // The handler fails with its call, which is nothing new.
    assert.equal(told.length, 1);
    assert.equal(event.end, undefined);
    event.expire(1150);
    assert.equal(event.end, "timed-out");
    assert.deepEqual(told[1], ["ended", 4]);
    assert.equal(told.length, 2);
    assert.deepEqual(turns, [{ kind: "call", method: "get", args: [] }]);
  });

  test("that is over tells the author what to do", async () => {
    const slow = ownedEvent(() => new Promise(() => {}));
    slow.begin();
    slow.event.expire(2000);
    await assert.rejects(slow.event.call("get", []), (error: GibbonError) => {
      assert.match(error.message, /handler took longer than the event's 0\.1 s/);
      assert.match(error.remedy ?? "", /kong\.signal/);
      return isError("DEADLINE")(error);
    });
    for (const unanswered of [undefined, "Ask for less."]) {
      const results: Promise<unknown>[] = [];
      const asks = ownedEvent((kong) => {
        results.push(kong.call("get", [], unanswered === undefined ? {} : { unanswered }));
        return results[0];
      });
      asks.begin();
      asks.event.expire(2000);
      await assert.rejects(results[0]!, (error: GibbonError) => {
        assert.match(error.message, /no answer to get within the event's 0\.1 s/);
        assert.match(error.remedy ?? "", unanswered ? /^Ask for less\.$/ : /error log/);
        return isError("PDK_NO_ANSWER")(error);
      });
    }
  });
});

describe("an event's signal", () => {
  test("is one, and is not aborted where the event returns", async () => {
    const { event, begin } = ownedEvent((kong) => void kong.signal);
    const { signal } = event;
    begin();
    await settle();
    assert.equal(event.signal, signal);
    assert.equal(signal.aborted, false);
    const unasked = ownedEvent(() => {});
    unasked.begin();
    assert.equal(unasked.event.signal.aborted, false);
  });

  test("is aborted where the event ends its request", () => {
    const { event, begin } = ownedEvent((kong) => kong.call("exit", [], { final: true }));
    const { signal } = event;
    begin();
    assert.ok(signal.reason instanceof RequestEnded);
  });

  test("is aborted also where it is asked for after the event failed", () => {
    const { event, begin } = ownedEvent(() => {
      throw new GibbonError("PDK_FAILED", "broken");
    });
    begin();
    assert.equal(event.signal.aborted, true);
    assert.equal(event.signal.reason.code, "PDK_FAILED");
  });
});

describe("a call of an event", () => {
  test("says whether its result is wanted as bytes, while it is out", () => {
    const { event, taker, begin } = ownedEvent(async (kong) => {
      await kong.call("get_body", [], { bytes: true });
      await kong.call("get", []);
    });
    assert.equal(event.wantsBytes, false);
    begin();
    assert.equal(event.wantsBytes, true);
    event.step("x", taker);
    assert.equal(event.wantsBytes, false);
    event.abandon("the test is over");
  });

  test("is refused past the limit of those that wait, and not before", async () => {
    const results: Promise<unknown>[] = [];
    const { event, turn } = startEvent((kong: Event) => {
      for (let at = 0; at < 7; at++) results.push(kong.call("get", [at]));
      return Promise.allSettled(results);
    }, { limits: { queuedCalls: 4 } });
    await turn();
    for (const result of results.slice(5)) {
      await assert.rejects(result, (error: GibbonError) => {
        assert.match(error.message, /get was not called: 4 calls already wait/);
        assert.match(error.remedy ?? "", /Await/);
        return isError("LIMIT")(error);
      });
    }
    event.abandon("the test is over");
    for (const result of results.slice(0, 5)) await assert.rejects(result, isError("EVENT_ENDED"));
  });

  test("that ends the request goes out though the handler goes on, and is thrown when refused", () => {
    let thrown: unknown;
    const { event, turns, begin } = ownedEvent((kong) => {
      try {
        kong.call("exit", [], { final: true });
      } catch { /* as a plugin would that catches everything */ }
      return new Promise(() => {});
    });
    begin();
    assert.deepEqual(turns, [{ kind: "last-call", method: "exit", args: [] }]);
    const late = ownedEvent(() => {});
    late.begin();
    try {
      late.event.call("exit", [], { final: true });
    } catch (error) {
      thrown = error;
    }
    isError("EVENT_ENDED")(thrown);
    assert.match((thrown as GibbonError).remedy ?? "", /before the handler returns/);
    assert.equal(event.end, "exited");
  });

  test("that is refused as the request ends says so, whatever else goes wrong", () => {
    const { event, begin } = ownedEvent((kong) => {
      void kong.call("log", []);
      try {
        kong.call("exit", [], { final: true });
      } catch { /* as a plugin would that catches everything */ }
      return new Promise(() => {});
    });
    begin();
    event.expire(2000);
    assert.throws(() => event.call("get", []), RequestEnded);
  });

  test("that is refused once the request has ended does not undo the end", async () => {
    const { event, turns, begin } = ownedEvent((kong) => {
      kong.refuse(new Error("a first wrong call")).catch(() => {});
      try {
        kong.call("exit", [], { final: true });
      } catch { /* as a plugin would that catches everything */ }
      assert.throws(() => kong.refuse(new Error("a second one")), RequestEnded);
    });
    begin();
    await settle();
    assert.equal(event.end, "exited");
    assert.deepEqual(turns.map(({ kind }) => kind), ["last-call"]);
  });

  test("fails with the code and the remedy that the protocol gives, and the next one goes out", async () => {
    let caught: unknown;
    const { event, turns, taker, begin } = ownedEvent((kong) => {
      const first = kong.call("get", []).catch((error) => caught = error);
      return Promise.all([first, kong.call("set", [])]);
    });
    begin();
    event.stepError("no such thing", taker, { code: "PDK_ARGUMENT", remedy: "Ask for another." });
    await settle();
    assert.deepEqual(turns.map((turn) => turn.kind === "call" && turn.method), ["get", "set"]);
    isError("PDK_ARGUMENT")(caught);
    assert.equal((caught as GibbonError).remedy, "Ask for another.");
    event.stepError("no", taker);
    await settle();
    assert.equal(event.end, "failed");
  });

  test("that fails when the handler is done fails for whoever holds it too", async () => {
    const results: Promise<unknown>[] = [];
    const { event, taker, begin } = ownedEvent((kong) => void results.push(kong.call("set", [])));
    begin();
    event.stepError("no", taker);
    await assert.rejects(results[0]!, isError("PDK_FAILED"));
  });

  test("that waits when the handler fails gets an error of gibbon, with the reason", async () => {
    const broken = new Error("broken");
    const results: Promise<unknown>[] = [];
    const { begin } = ownedEvent((kong) => {
      results.push(kong.call("a", []), kong.call("b", []));
      throw broken;
    });
    begin();
    for (const result of results) {
      await assert.rejects(result, (error: GibbonError) => {
        assert.equal(error.cause, broken);
        return isError("EVENT_ENDED")(error);
      });
    }
  });

  test("that has ended the request is named by what unwinds the handler", () => {
    const { name, message } = new RequestEnded("kong.response.exit");
    assert.equal(name, "RequestEnded");
    assert.match(message, /kong\.response\.exit/);
  });
});
