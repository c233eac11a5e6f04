// The table of events: who gets in, what is logged of those that fail, and when there are none.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/log.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { Events, type EventsOptions } from "../../../src/kong/engine/events.ts";
import { countingIds } from "../../../src/kong/engine/ids.ts";
import { Instance } from "../../../src/kong/engine/instance.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/kong/engine/limits.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import { allowPatches } from "../../../src/runtime/shared/builtins/inspection.ts";
import { until } from "../../support/until.ts";
import { pluginOf } from "../support/events.ts";

type Handler = (kong: Event) => unknown;

interface TableOptions extends Partial<Omit<EventsOptions, "limits">> {
  limits?: Partial<Limits>;
}

/** A table, and an instance whose handlers get the event itself. */
function tableOf(
  handler: Handler,
  parts: Parameters<typeof pluginOf>[1] = {},
  { limits = {}, ...more }: TableOptions = {},
) {
  const entries: string[] = [];
  const log = createLogger((line) => entries.push(line), "debug");
  const events = new Events({
    log,
    ids: countingIds(5),
    gatewayFor: (event) => event,
    failureCall: { method: "stop", args: [500] },
    gatewayPatienceMs: 60_000,
    ...more,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  const plugin = pluginOf(handler, parts);
  const instance = new Instance({
    id: 9,
    plugin,
    raw: {},
    config: {},
    state: undefined,
    scope: "route-7",
    nowMs: 0,
    log,
  });
  const turns: Turn[] = [];
  const taker = { gone: false, take: (turn: Turn) => void turns.push(turn) };
  const begin = () => events.begin(instance, parts?.phase ?? "access", taker);
  return { events, instance, entries, turns, taker, begin };
}

const asks: Handler = (kong) => kong.call("get", []);

describe("an event begins", () => {
  test("with an id and an instance that is in use", () => {
    const { events, instance, turns, begin } = tableOf(asks);
    const before = Date.now();
    const event = begin();
    assert.deepEqual([event.id, event.phase, event.instance], [5, "access", instance]);
    assert.equal(event.end, undefined);
    assert.equal(instance.busy, true);
    assert.ok(instance.lastUsedMs >= before && instance.lastUsedMs <= Date.now());
    assert.equal(events.get(5), event);
    assert.deepEqual(turns, [{ kind: "call", method: "get", args: [] }]);
    assert.equal(begin().id, 6);
    events.close("the test is over");
  });

  test("with an id that no other has", () => {
    let asked: boolean[] = [];
    const { events, begin } = tableOf(asks, {}, {
      ids(taken) {
        asked = [1, 2].map(taken);
        return asked[0] ? 2 : 1;
      },
    });
    begin();
    assert.deepEqual(asked, [false, false]);
    begin();
    assert.deepEqual(asked, [true, false]);
    events.close("the test is over");
  });

  test("not in a phase that the plugin does not have", () => {
    const { events, instance } = tableOf(asks);
    assert.throws(() => events.begin(instance, "log", { gone: false, take() {} }), {
      code: "PHASE_UNSUPPORTED",
      plugin: "under-test",
      phase: "log",
      file: "/nowhere/under-test.ts",
    });
    assert.equal(events.size, 0);
    assert.equal(instance.busy, false);
  });

  test("not past the limit, and again once there is room", () => {
    const { events, begin } = tableOf(asks, {}, { limits: { events: 2 } });
    const first = begin();
    begin();
    assert.throws(begin, {
      code: "LIMIT",
      message: "2 events are under way already",
      plugin: "under-test",
      phase: "access",
    });
    first.abandon("room is needed");
    begin();
    assert.equal(events.size, 2);
    events.close("the test is over");
  });

  test("inside of what attributes what it leaves behind", () => {
    const attributed: Event[] = [];
    let inside = false;
    const seen: boolean[] = [];
    const { events, begin } = tableOf(() => void seen.push(inside), {}, {
      attribute(event, run) {
        attributed.push(event);
        inside = true;
        run();
        inside = false;
      },
    });
    const event = begin();
    assert.deepEqual(attributed, [event]);
    assert.deepEqual(seen, [true]);
    assert.equal(events.size, 0);
  });
});

describe("an event is found", () => {
  test("by its number only", () => {
    const { events, begin } = tableOf(asks);
    begin();
    const refused = (id: unknown, shown: RegExp) =>
      assert.throws(() => events.get(id), (error: GibbonError) => {
        assert.equal(error.code, "NO_EVENT");
        assert.match(error.message, shown);
        return true;
      });
    refused(6, /no event 6:/);
    refused("5", /no event \(string\):/);
    refused(undefined, /no event \(no id\):/);
    refused(null, /no event \(object\):/);
    events.close("the test is over");
  });

  test("until it is over", () => {
    const { events, instance, begin } = tableOf(asks);
    const event = begin();
    event.step(1, { gone: false, take() {} });
    event.abandon("it left");
    assert.throws(() => events.get(event.id), { code: "NO_EVENT" });
    assert.equal(instance.busy, false);
    assert.ok(instance.lastUsedMs > 0);
  });
});

describe("an event that fails is logged once", () => {
  const remedied = new GibbonError("PDK_ARGUMENT", "not like this", { remedy: "Like that." });

  test("with its plugin, phase, instance, scope and stack", () => {
    const { entries, begin } = tableOf(() => {
      throw new TypeError("broken");
    });
    const event = begin();
    assert.equal(event.end, "failed");
    assert.equal(entries.length, 1);
    assert.match(
      entries[0]!,
      /^\[error\] an event failed; the request is stopped plugin=under-test phase=access instance=9 scope=route-7 stack="TypeError: broken\\n/,
    );
  });

  test("with the code and the remedy of an error of gibbon", () => {
    const { entries, begin } = tableOf(() => Promise.reject(remedied));
    begin();
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      assert.equal(entries.length, 1);
      assert.match(entries[0]!, /code=PDK_ARGUMENT remedy="Like that\." stack="GibbonError/);
    });
  });

  const passing = [{ phase: "log" }, { onError: "continue" }] as const;
  for (const parts of passing) {
    test(`and the request goes on where ${JSON.stringify(parts)}`, () => {
      const { entries, turns, begin } = tableOf(() => {
        throw remedied;
      }, parts);
      begin();
      assert.match(entries[0]!, /^\[error\] an event failed; the request goes on /);
      assert.deepEqual(turns, [{ kind: "return" }]);
    });
  }

  test("and not at all where it does not fail", () => {
    const exits = tableOf((kong) => kong.call("exit", [], { final: true }));
    exits.begin();
    const returns = tableOf(() => {});
    returns.begin();
    assert.deepEqual([...exits.entries, ...returns.entries], []);
  });

  test("at info, without a stack, where the gateway left it", () => {
    const { entries, begin } = tableOf(asks);
    begin().abandon("Kong went away");
    assert.deepEqual(entries, [
      "[info] the gateway left an event plugin=under-test phase=access instance=9 scope=route-7 " +
      'code=EVENT_ENDED reason="Kong went away"',
    ]);
  });

  test("with its own deadline where the plugin has one, else with the server's", async () => {
    const own = tableOf(() => new Promise(() => {}), { deadline: 1 }, { limits: { eventMs: 9e9 } });
    const servers = tableOf(() => new Promise(() => {}), {}, { limits: { eventMs: 2 } });
    own.begin();
    servers.begin();
    await Promise.all([own.events.idle(), servers.events.idle()]);
    assert.match(own.entries[0]!, /an event timed-out; .*code=DEADLINE.*0\.001 s/);
    assert.match(servers.entries[0]!, /an event timed-out; .*code=DEADLINE.*0\.002 s/);
  });
});

/** How many intervals and which are running, of those that begin while something runs. */
async function countIntervals(run: (running: Set<unknown>) => unknown): Promise<void> {
  const { setInterval, clearInterval } = globalThis;
  const running = new Set<unknown>();
  allowPatches(["setInterval", "clearInterval"]);
  globalThis.setInterval = ((tick: () => void, ms: number) => {
    const timer = setInterval(tick, ms);
    running.add(timer);
    return timer;
  }) as typeof setInterval;
  globalThis.clearInterval = ((timer: Parameters<typeof clearInterval>[0]) => {
    running.delete(timer);
    clearInterval(timer);
  }) as typeof clearInterval;
  try {
    await run(running);
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
  }
}

describe("events that have failed and wait for the gateway", () => {
  const options = { limits: { events: 2 }, gatewayPatienceMs: 600_000 };

  test("keep no others out, and get the failure if it comes", async () => {
    const { events, begin } = tableOf(asks, { deadline: 1 }, options);
    const [first] = [begin(), begin()];
    assert.throws(begin, { code: "LIMIT" });
    await until(() => first!.over);
    const turns: Turn[] = [];
    begin();
    assert.equal(events.size, 3);
    events.get(first!.id).step("late", { gone: false, take: (turn) => void turns.push(turn) });
    assert.deepEqual(turns, [{ kind: "last-call", method: "stop", args: [500] }]);
    assert.equal(events.size, 2);
    events.close("the test is over");
    assert.equal(events.size, 0);
  });

  test("do so where there are more of them than events may be", async () => {
    const { events, begin } = tableOf(asks, { deadline: 1 }, options);
    for (let count = 0; count < 4; count++) {
      const event = begin();
      await until(() => event.over);
    }
    assert.throws(begin, { code: "LIMIT" });
    events.close("the test is over");
    assert.equal(begin().over, false);
    events.close("the test is over");
  });
});

describe("deadlines are looked at", () => {
  test("by one timer for all events, which is gone when the table is closed", async () => {
    await countIntervals((running) => {
      const { events, begin } = tableOf(asks);
      begin();
      begin();
      assert.equal(running.size, 1);
      events.close("the test is over");
      assert.equal(running.size, 0);
      begin();
      assert.equal(running.size, 1);
      events.close("the test is over");
      assert.equal(running.size, 0);
    });
  });

  test("as long as there are events, and no longer", async () => {
    await countIntervals(async (running) => {
      const { begin } = tableOf(() => {});
      begin();
      while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    });
  });

  test("also those of failed events, which wait as long as the gateway does", async () => {
    const { events, begin } = tableOf(asks, { deadline: 1 }, { gatewayPatienceMs: 1 });
    begin();
    await events.idle();
    const patient = tableOf(asks, { deadline: 1 }, { gatewayPatienceMs: 600_000 });
    const event = patient.begin();
    while (!event.over) await new Promise((resolve) => setTimeout(resolve, 5));
    event.expire(performance.now() + 500_000);
    assert.equal(patient.events.size, 1);
    event.expire(performance.now() + 700_000);
    assert.equal(patient.events.size, 0);
  });
});

describe("events leave", () => {
  test("when nobody takes their turn, and only those", () => {
    const { events, entries, taker, begin } = tableOf((kong) =>
      kong.signal && new Promise(() => {})
    );
    const forsaken = begin();
    taker.gone = true;
    const kept = tableOf(asks);
    kept.begin();
    events.dropForsaken("the connection is closed");
    kept.events.dropForsaken("the connection is closed");
    assert.equal(forsaken.end, "abandoned");
    assert.equal(events.size, 0);
    assert.equal(kept.events.size, 1);
    assert.match(entries[0]!, /reason="the connection is closed"/);
    kept.events.close("the test is over");
  });

  test("all at once when the table is closed", () => {
    const { events, entries, begin } = tableOf(asks);
    const all = [begin(), begin()];
    events.close("the server stops");
    assert.deepEqual(all.map(({ end }) => end), ["abandoned", "abandoned"]);
    assert.equal(events.size, 0);
    assert.equal(entries.filter((entry) => entry.includes("the server stops")).length, 2);
  });

  test("and whoever waits for that hears of it when the last one is gone", async () => {
    const { events, begin } = tableOf(asks);
    await events.idle();
    const all = [begin(), begin()];
    const heard: string[] = [];
    const waiting = [
      events.idle().then(() => heard.push("one")),
      events.idle().then(() => heard.push("two")),
    ];
    all[0]!.abandon("gone");
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(heard, []);
    all[1]!.abandon("gone");
    await Promise.all(waiting);
    assert.deepEqual(heard, ["one", "two"]);
  });
});
