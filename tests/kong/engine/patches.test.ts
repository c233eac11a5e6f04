// Handlers that change what all plugins share: it is undone before anything else runs, and fails them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/log.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { countingIds } from "../../../src/kong/engine/ids.ts";
import { Instances } from "../../../src/kong/engine/instances.ts";
import { DEFAULT_LIMITS } from "../../../src/kong/engine/limits.ts";
import type { Plugin } from "../../../src/kong/engine/plugin.ts";
import { PluginRegistry } from "../../../src/kong/engine/registry.ts";
import { until } from "../../support/until.ts";
import { pluginOf, startEvent } from "../support/events.ts";

const PATCH = () => {
  Map.prototype.get = () => undefined;
};
const isWhole = () => assert.equal(new Map([[1, 2]]).get(1), 2);

describe("an event fails whose handler changes built-in objects", () => {
  const handlers: Readonly<Record<string, (kong: Event) => unknown>> = {
    "at once": PATCH,
    "before it throws": () => {
      PATCH();
      throw new Error("own");
    },
    "before a call": (kong) => {
      PATCH();
      return kong.call("get", []);
    },
    "after a wait": async () => {
      await undefined;
      PATCH();
    },
    "after a wait, before a call": async (kong) => {
      await undefined;
      PATCH();
      await kong.call("get", []);
    },
  };
  for (const [when, handler] of Object.entries(handlers)) {
    test(when, async () => {
      const { event, turn, entries } = startEvent(handler);
      await until(() => event.end !== undefined);
      isWhole();
      assert.equal(event.end, "failed");
      assert.deepEqual(await turn(), { kind: "last-call", method: "stop", args: [500] });
      assert.match(
        entries.join("\n"),
        /Plugin under-test changed Map\.prototype\.get, which.* plugin=under-test.*code=FORBIDDEN/,
      );
    });
  }

  test("and no other, where its change is found before another one begins", () => {
    PATCH();
    const { event } = startEvent(() => "fine");
    isWhole();
    assert.equal(event.end, "returned");
  });

  test("and no other, also where only a close look finds it", () => {
    const { at } = String.prototype;
    String.prototype.at = () => undefined;
    try {
      // The first events of an instance are looked at closely.
      const { event, entries } = startEvent(() => "fine");
      assert.equal(event.end, "returned");
      assert.equal("a".at(0), "a");
      assert.doesNotMatch(entries.join("\n"), /Plugin under-test changed/);
    } finally {
      String.prototype.at = at;
    }
  });

  test("after its end: the log says so", async () => {
    const done = Promise.withResolvers<void>();
    const { event, entries } = startEvent((kong) => {
      void done.promise.then(() => {
        PATCH();
        return kong.call("late", []);
      }).catch(() => {});
    });
    assert.equal(event.end, "returned");
    done.resolve();
    await until(() => entries.length > 0);
    assert.match(entries[0]!, /changed Map\.prototype\.get, which.*plugin=under-test/);
    isWhole();
  });
});

describe("the start of an instance", () => {
  const raise = (thrown: unknown): never => {
    throw thrown;
  };

  function startOf(parts: Partial<Plugin>, instanceMs = 20_000) {
    const entries: string[] = [];
    const registry = new PluginRegistry();
    registry.replace([{ ...pluginOf(() => {}), ...parts }]);
    const instances = new Instances({
      registry,
      limits: { ...DEFAULT_LIMITS, instanceMs },
      log: createLogger((line) => entries.push(line)),
      ids: countingIds(1),
      now: Date.now,
    });
    return { started: instances.start("under-test", {}), entries };
  }

  for (
    const [when, init] of Object.entries({
      "at once": PATCH,
      "after a wait": async () => {
        await undefined;
        PATCH();
      },
    })
  ) {
    test(`fails whose init changes built-in objects ${when}`, async () => {
      await assert.rejects(startOf({ start: init }).started, { code: "FORBIDDEN", phase: "init" });
      isWhole();
    });
  }

  test("that fails is told with its plugin and the place in its file", async () => {
    const thrown = Object.assign(new Error("no database"), {
      stack: "Error: no database\n    at init (file:///nowhere/under-test.ts:12:3)\n    at other",
    });
    for (const start of [() => Promise.reject(thrown), () => raise(thrown)]) {
      await assert.rejects(startOf({ start }).started, {
        code: "PLUGIN_BROKEN",
        message: "init failed: no database",
        plugin: "under-test",
        phase: "init",
        file: "/nowhere/under-test.ts:12:3",
        cause: thrown,
      });
    }
    await assert.rejects(startOf({ configure: () => raise("odd") }).started, {
      code: "PLUGIN_BROKEN",
      message: "the configuration could not be checked: string",
      file: "/nowhere/under-test.ts",
    });
    const own = new GibbonError("CONFIG_INVALID", "wrong", { remedy: "Mend it." });
    await assert.rejects(startOf({ configure: () => raise(own) }).started, {
      code: "CONFIG_INVALID",
      message: "wrong",
      plugin: "under-test",
      remedy: "Mend it.",
    });
  });

  test("that came too late is ended, with the state that it has by then", async () => {
    const late = Promise.withResolvers<string>();
    const stopped: unknown[] = [];
    const { started } = startOf(
      { start: () => late.promise, stop: (state) => stopped.push(state) },
      1,
    );
    await assert.rejects(started, { code: "DEADLINE" });
    assert.deepEqual(stopped, []);
    late.resolve("a connection");
    await until(() => stopped.length > 0);
    assert.deepEqual(stopped, ["a connection"]);
  });

  test("that came too late and failed is over", async () => {
    const late = Promise.withResolvers<string>();
    const stopped: unknown[] = [];
    const { started, entries } = startOf(
      { start: () => late.promise, stop: (state) => stopped.push(state) },
      1,
    );
    await assert.rejects(started, { code: "DEADLINE" });
    late.reject(new Error("late"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([stopped, entries], [[], []]);
  });

  test("that came too late, and whose end fails: the log says so", async () => {
    const late = Promise.withResolvers<string>();
    const { started, entries } = startOf({
      start: () => late.promise,
      stop: () => Promise.reject(new Error("stop failed")),
    }, 1);
    await assert.rejects(started, { code: "DEADLINE" });
    late.resolve("state");
    await until(() => entries.length > 0);
    assert.match(entries[0]!, /closing an instance failed plugin=under-test error="?stop failed/);
  });
});
