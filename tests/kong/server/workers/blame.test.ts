// Who is to blame for a worker's death, and what follows from it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Blame,
  type Death,
  likenessOf,
  SOON,
  type Suspect,
} from "../../../../src/kong/server/workers/blame.ts";
import { Deaths } from "../../../../src/kong/server/workers/deaths.ts";
import { Quarantine } from "../../../../src/kong/server/workers/quarantine.ts";
import { Refusals } from "../../../../src/kong/server/workers/refusals.ts";
import type { Running } from "../../../../src/kong/server/workers/running/record.ts";
import type { Instance } from "../../../../src/kong/engine/instance.ts";

type One = Running & Suspect;

const one = (plugin: string, part: Partial<One> = {}): One => ({
  plugin,
  likeness: "{}",
  doing: "access",
  instance: 1,
  waits: false,
  current: false,
  ...part,
});

const death = (running: readonly One[], part: Partial<Death> = {}): Death => ({
  running,
  how: "crash",
  events: 3,
  nowMs: 1000,
  ...part,
});

const names = (blame: Blame, one: Death) =>
  blame.judge(one).map(({ plugin, doing, events }) => `${plugin}/${doing} ${events}`);

describe("a crash", () => {
  it("is blamed on the only one whose code ran", () => {
    const running = [one("a"), one("b", { waits: true }), one("b", { waits: true })];
    assert.deepEqual(names(new Blame(), death(running)), ["a/access 1"]);
  });

  it("counts all events that are alike and ran", () => {
    const running = [one("a"), one("a", { instance: 2 }), one("a", { waits: true })];
    assert.deepEqual(names(new Blame(), death(running)), ["a/access 2"]);
  });

  it("is nobody's if several ran, until one of them runs at another one", () => {
    const blame = new Blame();
    assert.deepEqual(names(blame, death([one("a"), one("b", { current: true })])), []);
    assert.deepEqual(names(blame, death([one("a"), one("c", { current: true })])), ["a/access 1"]);
  });

  it("is blamed on the one that ran last, if a loop had to be ended", () => {
    const running = [one("a"), one("b", { current: true }), one("c")];
    assert.deepEqual(names(new Blame(), death(running, { how: "blocked" })), ["b/access 1"]);
  });

  it("is blamed as any other where a loop had to be ended and nobody is known to have run last", () => {
    assert.deepEqual(names(new Blame(), death([one("a")], { how: "blocked" })), ["a/access 1"]);
    assert.deepEqual(names(new Blame(), death([one("a"), one("b")], { how: "blocked" })), []);
  });

  it("tells phases and configurations apart", () => {
    const blame = new Blame();
    const running = [one("a"), one("a", { doing: "log" }), one("a", { likeness: "[]" })];
    assert.deepEqual(names(blame, death(running)), []);
    assert.deepEqual(names(blame, death([one("a", { doing: "log" }), one("d")])), ["a/log 1"]);
  });

  it("is nobody's where nothing ran", () => {
    assert.deepEqual(names(new Blame(), death([])), []);
    assert.deepEqual(names(new Blame(), death([one("a", { waits: true })])), []);
  });
});

describe("a death that may come from outside", () => {
  const outside = (running: readonly One[], part: Partial<Death> = {}) =>
    death(running, { how: "unclear", ...part });

  it("is blamed on whoever ran at two of them", () => {
    const blame = new Blame();
    assert.deepEqual(names(blame, outside([one("a"), one("b")])), []);
    assert.deepEqual(names(blame, outside([one("a"), one("c")])), ["a/access 1"]);
  });

  it("is not, where the worker had served well before it", () => {
    const blame = new Blame();
    names(blame, outside([one("a")]));
    assert.deepEqual(names(blame, outside([one("a")], { events: SOON })), []);
    assert.deepEqual(names(blame, outside([one("a")], { events: SOON - 1 })), ["a/access 1"]);
    assert.deepEqual([SOON - 1, SOON].map((events) => Blame.soon({ events })), [true, false]);
  });

  it("is not, where the first was long ago", () => {
    const blame = new Blame();
    names(blame, outside([one("a")]));
    assert.deepEqual(names(blame, outside([one("a")], { nowMs: 61_000 })), []);
  });
});

describe("a configuration as text", () => {
  it("is the same whatever the order of its keys", () => {
    const a = likenessOf({ b: [1, { d: 1, c: null }], a: "x" });
    assert.equal(a, likenessOf({ a: "x", b: [1, { c: null, d: 1 }] }));
    assert.notEqual(a, likenessOf({ a: "x", b: [{ c: null, d: 1 }, 1] }));
    assert.notEqual(likenessOf([1]), likenessOf({ 0: 1 }));
    assert.equal(likenessOf(undefined), "");
  });
});

describe("the quarantine", () => {
  const SOON = { soon: true, blocked: false };

  const convict = (plugin = "a", events = 1) =>
    ({ plugin, likeness: "{}", doing: "access", events }) as const;

  it("holds as many events as were lost, for a while", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict("a", 2), SOON, 0);
    const left = (nowMs: number) => quarantine.state(nowMs).poison.map(({ left }) => left);
    assert.deepEqual(left(1), [2]);
    quarantine.refused(convict());
    assert.deepEqual(left(1), [1]);
    quarantine.refused(convict());
    assert.deepEqual(left(1), []);
    quarantine.convicted(convict(), SOON, 0);
    assert.deepEqual(left(40_000), []);
  });

  it("holds all events for a moment where others had queued up behind the one", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict(), { ...SOON, blocked: true }, 0);
    quarantine.refused(convict());
    quarantine.refused(convict());
    assert.equal(quarantine.state(1999).poison.length, 1);
    assert.equal(quarantine.state(2000).poison.length, 0);
  });

  it("holds all events of the next death, however many were refused after the last one", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict(), { ...SOON, blocked: true }, 0);
    for (let i = 0; i < 5; i++) quarantine.refused(convict());
    quarantine.convicted(convict("a", 2), SOON, 1000);
    assert.deepEqual(quarantine.state(1999).poison.map(({ left }) => left), [2]);
    // The queue behind the first one is still refused.
    for (let i = 0; i < 3; i++) quarantine.refused(convict());
    assert.equal(quarantine.state(1999).poison.length, 1);
    assert.equal(quarantine.state(2000).poison.length, 0);
    quarantine.convicted(convict(), SOON, 2500);
    assert.deepEqual(quarantine.state(2501).poison.map(({ left }) => left), [1]);
  });

  it("forgets events that did not come back when the same kills again long after", () => {
    const quarantine = new Quarantine();
    quarantine.convicted(convict("a", 5), SOON, 0);
    quarantine.convicted(convict(), SOON, 90_000);
    assert.deepEqual(quarantine.state(90_001).poison.map(({ left }) => left), [1]);
  });

  it("stops a plugin at the third death within a minute, for longer each time", () => {
    const quarantine = new Quarantine();
    const kill = (nowMs: number) => quarantine.convicted(convict(), SOON, nowMs);
    assert.deepEqual([kill(0), kill(1000), kill(2000)], [undefined, undefined, 10_000]);
    assert.deepEqual(quarantine.state(2001).stopped, [{ plugin: "a", untilMs: 12_000 }]);
    assert.deepEqual(quarantine.state(12_000).stopped, []);
    assert.equal(kill(12_500), 20_000);
    assert.equal(quarantine.convicted(convict("b"), SOON, 12_500), undefined);
    for (let at = 100_000, stops = 0; stops < 6; at += 400_000 / 2, stops++) kill(at);
    assert.ok((kill(2_000_000) ?? 0) <= 300_000);
  });

  it("does not stop a plugin whose workers served well, or that kills seldom", () => {
    const quarantine = new Quarantine();
    const kill = (nowMs: number, soon = true) =>
      quarantine.convicted(convict(), { ...SOON, soon }, nowMs);
    for (const at of [0, 1, 2, 3]) assert.equal(kill(at, false), undefined);
    for (const at of [0, 40_000, 80_000, 120_000]) assert.equal(kill(at), undefined);
  });
});

describe("a worker's refusals", () => {
  const instance = (name: string, config: unknown) =>
    ({ plugin: { name }, status: { config } }) as unknown as Instance;
  const later = Date.now() + 60_000;
  const poison = { plugin: "a", likeness: likenessOf({ x: 1, y: 2 }), doing: "access" } as const;

  it("are as many as there is poison, told each time, for what is alike", () => {
    const told: unknown[] = [];
    const refusals = new Refusals((suspect) => told.push(suspect));
    refusals.set({ poison: [{ ...poison, left: 2, allUntilMs: 0, untilMs: later }], stopped: [] });
    const refused = (name: string, config: unknown, phase: "access" | "log" = "access") =>
      refusals.event(instance(name, config), phase)?.code;
    assert.equal(refused("a", { x: 1 }), undefined);
    assert.equal(refused("b", { x: 1, y: 2 }), undefined);
    assert.equal(refused("a", { x: 1, y: 2 }, "log"), undefined);
    assert.equal(refusals.start("a", { x: 1, y: 2 }), undefined);
    assert.equal(refused("a", { y: 2, x: 1 }), "PLUGIN_STOPPED");
    assert.equal(refused("a", { x: 1, y: 2 }), "PLUGIN_STOPPED");
    assert.equal(refused("a", { x: 1, y: 2 }), undefined);
    assert.deepEqual(told, [poison, poison]);
  });

  it("are all that is alike, where others had queued up", () => {
    const refusals = new Refusals(() => {});
    const all = { ...poison, left: 0, allUntilMs: later, untilMs: later };
    refusals.set({ poison: [all], stopped: [] });
    const refused = () => refusals.event(instance("a", { x: 1, y: 2 }), "access")?.code;
    assert.deepEqual([refused(), refused()], ["PLUGIN_STOPPED", "PLUGIN_STOPPED"]);
  });

  it("are everything of a plugin that is stopped, until its time is over", () => {
    const refusals = new Refusals(() => assert.fail("nothing is counted"));
    refusals.set({ poison: [], stopped: [{ plugin: "a", untilMs: later }] });
    assert.match(refusals.event(instance("a", {}), "log")?.message ?? "", /stopped for \d+ s more/);
    assert.equal(refusals.start("a", {})?.code, "PLUGIN_STOPPED");
    assert.equal(refusals.event(instance("b", {}), "access"), undefined);
    refusals.set({ poison: [], stopped: [{ plugin: "a", untilMs: Date.now() - 1 }] });
    assert.equal(refusals.event(instance("a", {}), "access"), undefined);
  });
});

describe("a death", () => {
  const running: readonly Running[] = [
    { instance: 7, doing: "access", waits: false, current: true },
    { instance: 8, doing: "access", waits: true, current: false },
    { instance: 9, doing: "init", waits: false, current: false },
    { instance: 99, doing: "access", waits: false, current: false },
  ];
  const dead = {
    slot: 0,
    pid: 5,
    code: null,
    signal: "SIGSEGV",
    events: 1,
    importing: undefined,
    spoiltBy: undefined,
    running,
  } as const;

  function deaths() {
    const [lines, forgotten, told]: [string[], number[], unknown[]] = [[], [], []];
    const write = (message: string, fields: unknown) =>
      lines.push(`${message} ${JSON.stringify(fields)}`);
    const log = { error: write, warn: write, info: write, debug: write };
    const names: Record<number, string> = { 7: "bad", 8: "good", 9: "slow" };
    const court = new Deaths({
      log: log as never,
      identify: (id) => names[id] ? { plugin: names[id], likeness: `${id}` } : undefined,
      fileOf: (plugin) => `/plugins/${plugin}.ts`,
      forget: (id) => forgotten.push(id),
      tell: (state) => told.push(state),
    });
    return { court, lines, forgotten, told };
  }

  it("is logged with who is to blame, and told to all workers", () => {
    const { court, lines, told } = deaths();
    assert.equal(court.died({ ...dead, running: running.slice(0, 2), killedFor: undefined }), true);
    assert.match(lines[0] ?? "", /"plugin":"bad","phase":"access","file":"\/plugins\/bad\.ts"/);
    assert.equal(told.length, 1);
    assert.deepEqual(court.state.poison.map(({ plugin, left }) => [plugin, left]), [["bad", 1]]);
  });

  it("names who ran, where it cannot be told", () => {
    const { court, lines, told } = deaths();
    assert.equal(court.died({ ...dead, signal: "SIGKILL", killedFor: undefined }), false);
    assert.match(lines[0] ?? "", /"running":"bad\/access slow\/init"/);
    assert.deepEqual(told, []);
  });

  it("counts a loop that had to be ended as one from inside", () => {
    const { court, lines } = deaths();
    assert.equal(court.died({ ...dead, signal: "SIGKILL", killedFor: "blocked" }), true);
    assert.match(lines[0] ?? "", /"reason":"its event loop was blocked"/);
  });

  it("counts one that had to be ended since it was spoilt as one from inside too", () => {
    const { court } = deaths();
    const spoilt = { ...dead, running: running.slice(0, 2), killedFor: "spoilt" } as const;
    assert.equal(court.died({ ...spoilt, signal: "SIGKILL" }), true);
    assert.deepEqual(court.state.poison.map(({ plugin }) => plugin), ["bad"]);
  });

  it("lets no worker start the instance again whose start kills", () => {
    const { court, forgotten } = deaths();
    const only = { ...dead, running: running.slice(2, 3), killedFor: undefined };
    assert.equal(court.died(only), true);
    assert.deepEqual(forgotten, [9]);
  });

  it("says so when a plugin is stopped", () => {
    const { court, lines } = deaths();
    const alone = { ...dead, running: running.slice(0, 2), killedFor: undefined };
    for (let i = 0; i < 3; i++) court.died(alone);
    assert.match(lines.at(-1) ?? "", /^a plugin is stopped.*"plugin":"bad".*"seconds":10/);
  });
});
