// How long what killed workers is refused, to the event and the millisecond: too little of it lets it kill
// again, too much of it stops requests that do no harm.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Instance } from "../../../../src/kong/engine/instance.ts";
import type { Phase } from "../../../../src/kong/engine/phases.ts";
import { likenessOf } from "../../../../src/kong/server/workers/blame.ts";
import {
  type Poison,
  Quarantine,
  type QuarantineState,
} from "../../../../src/kong/server/workers/quarantine.ts";
import { Refusals } from "../../../../src/kong/server/workers/refusals.ts";

const SOON = { soon: true, blocked: false };
const WELL = { soon: false, blocked: false };
const convict = (plugin: string, events = 1, doing: Phase | "init" = "access") => ({
  plugin,
  likeness: "{}",
  doing,
  events,
});
const suspect = (plugin: string) => ({ plugin, likeness: "{}", doing: "access" } as const);
const lefts = ({ poison }: QuarantineState) =>
  poison.map(({ plugin, left }) => `${plugin} ${left}`);

describe("events that killed a worker", () => {
  test("are held for 30 s, and no longer", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict("a"), WELL, 5);
    assert.deepEqual(lefts(quarantine.state(30_004)), ["a 1"]);
    assert.deepEqual(lefts(quarantine.state(30_005)), []);
    // What is over does not come back.
    assert.deepEqual(lefts(quarantine.state(6)), []);
  });

  test("add up where they kill again before they have come back", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict("a", 2), WELL, 0);
    quarantine.convicted(convict("a", 3), WELL, 20_000);
    assert.deepEqual(lefts(quarantine.state(20_000)), ["a 5"]);
    assert.deepEqual(lefts(quarantine.state(49_999)), ["a 5"]);
    assert.deepEqual(lefts(quarantine.state(50_000)), []);
  });

  test("are held each for itself, and what was not held is not counted", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict("a"), WELL, 0);
    quarantine.convicted(convict("b", 2), WELL, 0);
    quarantine.convicted(convict("b", 1, "log"), WELL, 0);
    quarantine.refused(suspect("c"));
    quarantine.refused(suspect("b"));
    assert.deepEqual(lefts(quarantine.state(1)), ["a 1", "b 1", "b 1"]);
    quarantine.refused(suspect("a"));
    assert.deepEqual(lefts(quarantine.state(1)), ["b 1", "b 1"]);
  });

  test("that blocked one are all held for 2 s, and the lost ones for 30 s", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict("a"), { soon: false, blocked: true }, 1000);
    assert.deepEqual(quarantine.state(1000).poison.map(({ allUntilMs }) => allUntilMs), [3000]);
    assert.deepEqual(lefts(quarantine.state(30_999)), ["a 1"]);
    quarantine.convicted(convict("b"), WELL, 1000);
    assert.deepEqual(
      quarantine.state(1000).poison.map(({ plugin, allUntilMs }) => [plugin, allUntilMs]),
      [["a", 3000], ["b", 0]],
    );
  });
});

describe("a plugin that kills workers", () => {
  test("is stopped for what it does within a minute, not for what it did before that", () => {
    const quarantine = new Quarantine();
    const kill = (nowMs: number) => quarantine.convicted(convict("a"), SOON, nowMs);
    assert.deepEqual([kill(0), kill(1), kill(60_000)], [undefined, undefined, undefined]);
    assert.equal(kill(60_000), 10_000);
    assert.deepEqual(quarantine.state(69_999).stopped, [{ plugin: "a", untilMs: 70_000 }]);
    assert.deepEqual(quarantine.state(70_000).stopped, []);
  });

  test("is stopped again at the next death, for twice as long, up to five minutes", () => {
    const quarantine = new Quarantine();
    const kill = (nowMs: number) => quarantine.convicted(convict("a"), SOON, nowMs);
    kill(0);
    kill(0);
    let now = 0;
    const stops: number[] = [];
    for (let time = 0; time < 7; time++) {
      const ms = kill(now)!;
      stops.push(ms / 1000);
      now += ms;
    }
    assert.deepEqual(stops, [10, 20, 40, 80, 160, 300, 300]);
  });

  test("begins anew after five calm minutes, and not before", () => {
    for (const [calm, stopped] of [[300_000, 20_000], [300_001, undefined]] as const) {
      const quarantine = new Quarantine();
      const kill = (nowMs: number) => quarantine.convicted(convict("a"), SOON, nowMs);
      assert.deepEqual([kill(0), kill(0), kill(0)], [undefined, undefined, 10_000]);
      assert.equal(kill(10_000 + calm), stopped);
    }
  });

  test("is stopped alone, and for what it spoils as for what it kills", () => {
    const quarantine = new Quarantine();
    assert.equal(quarantine.spoilt("a", 0), undefined);
    assert.equal(quarantine.convicted(convict("b"), SOON, 0), undefined);
    assert.equal(quarantine.convicted(convict("a"), SOON, 0), undefined);
    assert.equal(quarantine.spoilt("b", 0), undefined);
    assert.equal(quarantine.spoilt("a", 0), 10_000);
    assert.deepEqual(quarantine.state(1).stopped.map(({ plugin }) => plugin), ["a"]);
  });
});

describe("a worker", () => {
  const instance = (name: string, config: unknown = {}) =>
    ({ plugin: { name }, status: { config } }) as unknown as Instance;
  const [past, later] = [Date.now() - 1, Date.now() + 3_600_000];

  /** What a worker refuses of `a`, asked `times` times. */
  function refusedOf(poison: Partial<Poison>, times = 3) {
    let told = 0;
    const refusals = new Refusals(() => told++);
    refusals.set({
      poison: [{
        plugin: "a",
        likeness: likenessOf({}),
        doing: "access",
        left: 1,
        allUntilMs: 0,
        untilMs: later,
        ...poison,
      }],
      stopped: [],
    });
    const refused = Array.from({ length: times }, () => refusals.event(instance("a"), "access"))
      .filter((error) => error?.code === "PLUGIN_STOPPED").length;
    assert.equal(told, refused);
    return refused;
  }

  test("refuses as many as are left, all for as long as others queued up, and none that are over", () => {
    assert.equal(refusedOf({ left: 2 }), 2);
    assert.equal(refusedOf({ left: 0 }), 0);
    assert.equal(refusedOf({ left: 0, allUntilMs: later }), 3);
    assert.equal(refusedOf({ left: -5, allUntilMs: later }), 3);
    assert.equal(refusedOf({ left: 2, allUntilMs: past }), 2);
    assert.equal(refusedOf({ left: 2, untilMs: past }), 0);
    assert.equal(refusedOf({ left: 2, untilMs: past, allUntilMs: later }), 0);
  });

  test("refuses starts that killed, and says of what and what to do", () => {
    const told: unknown[] = [];
    const refusals = new Refusals((suspect) => told.push(suspect));
    const poison = { plugin: "a", likeness: likenessOf({ x: 1 }), doing: "init" } as const;
    refusals.set({ poison: [{ ...poison, left: 1, allUntilMs: 0, untilMs: later }], stopped: [] });
    assert.equal(refusals.event(instance("a", { x: 1 }), "access"), undefined);
    assert.equal(refusals.start("a", { x: 2 }), undefined);
    const error = refusals.start("a", { x: 1 });
    assert.deepEqual([error?.code, error?.plugin, error?.phase], ["PLUGIN_STOPPED", "a", "init"]);
    assert.match(error?.remedy ?? "", /mend the plugin/);
    assert.equal(refusals.start("a", { x: 1 }), undefined);
    assert.deepEqual(told, [poison]);
  });

  test("refuses all of a plugin that is stopped, and counts nothing of its poison meanwhile", () => {
    const refusals = new Refusals(() => assert.fail("it was counted"));
    const poison: Poison = {
      ...suspect("a"),
      left: 1,
      allUntilMs: 0,
      untilMs: later,
    };
    refusals.set({ poison: [poison], stopped: [{ plugin: "a", untilMs: later }] });
    for (let time = 0; time < 3; time++) {
      const error = refusals.event(instance("a"), "access");
      assert.deepEqual([error?.code, error?.plugin, error?.phase], [
        "PLUGIN_STOPPED",
        "a",
        "access",
      ]);
      assert.match(error?.message ?? "", /stopped for 3\d\d\d s more/);
    }
    assert.equal(refusals.start("a", {})?.code, "PLUGIN_STOPPED");
    assert.equal(refusals.start("b", {}), undefined);
  });

  test("forgets what is not in force any more", () => {
    const refusals = new Refusals(() => {});
    const poison = { ...suspect("a"), left: 9, allUntilMs: later, untilMs: later };
    refusals.set({ poison: [poison], stopped: [{ plugin: "b", untilMs: later }] });
    assert.ok(refusals.event(instance("a"), "access"));
    assert.ok(refusals.event(instance("b"), "access"));
    refusals.set({ poison: [], stopped: [] });
    assert.equal(refusals.event(instance("a"), "access"), undefined);
    assert.equal(refusals.event(instance("b"), "access"), undefined);
  });
});
