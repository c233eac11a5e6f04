// The table of instances: what they are started with, how many there may be, and when they end.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/log.ts";
import { countingIds } from "../../../src/kong/engine/ids.ts";
import { Instances } from "../../../src/kong/engine/instances.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/kong/engine/limits.ts";
import type { Plugin } from "../../../src/kong/engine/plugin.ts";
import { PluginRegistry } from "../../../src/kong/engine/registry.ts";
import { pluginOf } from "../support/events.ts";

/** A table with one plugin, whose clock stands until it is set. */
function tableOf(parts: Partial<Plugin> = {}, limits: Partial<Limits> = {}) {
  const entries: string[] = [];
  const clock = { ms: 1_000_000 };
  const registry = new PluginRegistry();
  registry.replace([
    { ...pluginOf(() => {}, { name: "a" }), ...parts },
    pluginOf(() => {}, { name: "b" }),
  ]);
  const instances = new Instances({
    registry,
    limits: { ...DEFAULT_LIMITS, ...limits },
    log: createLogger((line) => entries.push(line), "debug"),
    ids: countingIds(5),
    now: () => clock.ms,
  });
  return { instances, registry, clock, entries };
}

function isError(code: string, message: RegExp, details: Partial<GibbonError> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof GibbonError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    for (const [name, value] of Object.entries(details)) {
      assert.equal(error[name as keyof GibbonError], value);
    }
    return true;
  };
}

describe("an instance", () => {
  test("is started with its configuration, and known by its id", async () => {
    const { instances, registry } = tableOf({
      configure: (raw) => ({ read: raw }),
      start: (config) => Promise.resolve({ started: config }),
      handlers: new Map([["access", (...given: unknown[]) => given]]),
    });
    const instance = await instances.start("a", { raw: 1 }, "route-7");
    assert.equal(instance.id, 5);
    assert.equal(instance.scope, "route-7");
    assert.equal(instance.plugin.name, "a");
    assert.deepEqual(instance.status, { name: "a", id: 5, config: { raw: 1 }, startedAt: 1000 });
    const config = { read: { raw: 1 } };
    assert.deepEqual(instance.run("access", "gateway"), ["gateway", config, { started: config }]);
    assert.equal(instance.run("log", "gateway"), undefined);
    assert.equal(instances.get(5), instance);
    assert.equal(instances.size, 1);
    assert.equal(registry.get("a").lastStart, 1000);
  });

  test("has the number and the time that somebody else gave it, and a later start counts", async () => {
    const { instances, registry } = tableOf({}, { instances: 0 });
    const late = await instances.start("a", {}, undefined, { id: 77, startedMs: 2_000_000 });
    assert.equal(late.id, 77);
    assert.equal(late.startedAt, 2000);
    assert.equal(late.lastUsedMs, 1_000_000);
    await instances.start("a", {}, undefined, { id: 78, startedMs: 1_500_000 });
    assert.equal(registry.get("a").lastStart, 2000);
  });

  test("gets an id that none has", async () => {
    const { instances } = tableOf();
    await instances.start("a", {}, undefined, { id: 5, startedMs: 1 });
    assert.equal((await instances.start("a", {})).id, 6);
  });

  test("is not there if there is none with that id", () => {
    const { instances } = tableOf();
    const refused = (id: unknown, message: RegExp) =>
      assert.throws(() => instances.get(id), isError("NO_INSTANCE", message));
    refused(6, /^No plugin instance 6$/);
    refused("5", /^No plugin instance \(string\)$/);
    refused(undefined, /^No plugin instance \(no id\)$/);
    assert.throws(() => instances.get(6), (error: GibbonError) => error.remedy !== undefined);
  });

  test("is not started where its plugin refuses the configuration, or fails", async () => {
    const { instances } = tableOf({
      configure(raw) {
        if (raw === "bad") throw new GibbonError("CONFIG_INVALID", "bad");
        return raw;
      },
      start: (config) => config === "broken" ? Promise.reject(new Error("init")) : undefined,
    }, { instances: 1 });
    await assert.rejects(instances.start("a", "bad"), isError("CONFIG_INVALID", /bad/));
    await assert.rejects(instances.start("a", "broken"), /init/);
    await assert.rejects(instances.start("z", {}), isError("PLUGIN_UNKNOWN", /"z"/));
    // None of them takes the place of one that works.
    await instances.start("a", {});
    assert.equal(instances.size, 1);
  });

  test("is not started where that takes too long", async () => {
    const { instances } = tableOf({ start: () => new Promise(() => {}) }, { instanceMs: 2 });
    await assert.rejects(
      instances.start("a", {}),
      isError("DEADLINE", /init took longer than 0\.002 s/, { plugin: "a" }),
    );
    assert.equal(instances.size, 0);
  });
});

describe("instances are bounded", () => {
  test("those that are being started count", async () => {
    const started = Promise.withResolvers<void>();
    const { instances } = tableOf({ start: () => started.promise }, { instances: 2 });
    const starting = [instances.start("a", {}), instances.start("a", {})];
    await assert.rejects(
      instances.start("a", {}),
      isError("LIMIT", /^2 instances are running already$/, { plugin: "a" }),
    );
    started.resolve();
    await Promise.all(starting);
    await assert.rejects(instances.start("a", {}), isError("LIMIT", /2 instances/));
    instances.close(5);
    await instances.start("a", {});
  });

  test("idle ones make room, and only where it is needed", async () => {
    const { instances, clock } = tableOf({}, { instances: 2, idleInstanceMs: 100 });
    const first = await instances.start("a", {});
    clock.ms += 101;
    const second = await instances.start("a", {});
    assert.deepEqual(instances.of("a").map(({ id }) => id), [first.id, second.id]);
    const third = await instances.start("a", {});
    assert.deepEqual(instances.of("a").map(({ id }) => id), [second.id, third.id]);
  });
});

test("idle ones make room also for one that comes while another is being started", async () => {
  const started = Promise.withResolvers<void>();
  const { instances, clock } = tableOf({
    start: (config) => config === "slow" ? started.promise : undefined,
  }, { instances: 2, idleInstanceMs: 100 });
  const idle = await instances.start("a", {});
  clock.ms += 101;
  const slow = instances.start("a", "slow");
  const last = await instances.start("a", {});
  assert.throws(() => instances.get(idle.id), isError("NO_INSTANCE", /5/));
  started.resolve();
  assert.deepEqual(instances.of("a").map(({ id }) => id), [last.id]);
  assert.equal(instances.get((await slow).id), await slow);
});

describe("instances end", () => {
  test("when they are closed, once, which is told of", async () => {
    const stopped: unknown[] = [];
    const parts = { start: () => "state", stop: (state: unknown) => void stopped.push(state) };
    const { instances, registry, clock } = tableOf(parts);
    const instance = await instances.start("a", { c: 1 });
    clock.ms = 3_000_000;
    assert.deepEqual(instances.close(instance.id), instance.status);
    assert.deepEqual(stopped, ["state"]);
    assert.equal(registry.get("a").lastClose, 3000);
    assert.equal(registry.get("b").lastClose, 0);
    assert.equal(instances.size, 0);
    assert.throws(() => instances.close(instance.id), isError("NO_INSTANCE", /instance 5/));
    instance.close();
    assert.deepEqual(stopped, ["state"]);
  });

  test("at the time that is said", async () => {
    const { instances, registry } = tableOf();
    const { id } = await instances.start("a", {});
    instances.close(id, 4_000_000);
    assert.equal(registry.get("a").lastClose, 4000);
  });

  test("when they had no event for the time to live", async () => {
    const stopped: unknown[] = [];
    const { instances, clock } = tableOf({
      configure: (raw) => raw,
      start: (config) => config,
      stop: (state) => void stopped.push(state),
    }, { idleInstanceMs: 100 });
    const idle = await instances.start("a", "idle");
    const used = await instances.start("a", "used");
    const busy = await instances.start("a", "busy");
    busy.enter(clock.ms);
    used.enter(clock.ms);
    clock.ms += 100;
    used.leave(clock.ms);
    instances.sweep();
    assert.deepEqual(stopped, []);
    clock.ms += 1;
    assert.deepEqual(instances.idle(), [idle]);
    instances.sweep();
    assert.deepEqual(stopped, ["idle"]);
    assert.deepEqual(instances.of("a").map(({ config }) => config), ["used", "busy"]);
    assert.deepEqual(instances.of("b"), []);
    busy.leave(clock.ms);
    clock.ms += 100;
    instances.sweep();
    assert.deepEqual(stopped, ["idle", "used"]);
    clock.ms += 1;
    instances.sweep();
    assert.deepEqual(stopped, ["idle", "used", "busy"]);
  });

  test("also when their plugin is gone from the registry", async () => {
    const { instances, registry } = tableOf();
    const { id } = await instances.start("a", {});
    registry.replace([]);
    instances.close(id);
    assert.equal(instances.size, 0);
  });

  test("after their last event", async () => {
    const stopped: unknown[] = [];
    const { instances, clock } = tableOf({ stop: () => void stopped.push("stopped") });
    const instance = await instances.start("a", {});
    assert.equal(instance.busy, false);
    instance.enter(clock.ms + 1);
    instance.enter(clock.ms + 2);
    assert.equal(instance.lastUsedMs, clock.ms + 2);
    assert.equal(instance.busy, true);
    instances.close(instance.id);
    instance.leave(clock.ms + 3);
    assert.deepEqual([stopped, instance.lastUsedMs], [[], clock.ms + 3]);
    instance.leave(clock.ms + 4);
    assert.deepEqual(stopped, ["stopped"]);
  });

  test("all of them, and what the plugins do to close is waited for", async () => {
    const stops: (() => void)[] = [];
    const stop = () => new Promise<void>((resolve) => stops.push(resolve));
    const { instances } = tableOf({ stop });
    await instances.start("a", {});
    await instances.start("a", {});
    const busy = await instances.start("b", {});
    busy.enter(0);
    let done = false;
    const closed = instances.closeAll().then(() => done = true);
    assert.equal(instances.size, 0);
    assert.equal(stops.length, 2);
    stops[0]!();
    await new Promise(setImmediate);
    assert.equal(done, false);
    stops[1]!();
    await closed;
  });

  test("also where the plugin fails to close, which is logged", async () => {
    const { instances, entries } = tableOf({ stop: () => Promise.reject(new Error("no end")) });
    await instances.start("a", {});
    await instances.closeAll();
    assert.deepEqual(entries, [
      '[warn] closing an instance failed plugin=a instance=5 error="no end"',
    ]);
  });
});
