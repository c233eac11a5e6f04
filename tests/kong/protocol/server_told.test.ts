// Whom a server tells of what happens: failed starts, refused events, and a developer's observer.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import type { Lineage } from "../../../src/kong/protocol/lineage.ts";
import type { EventObserver } from "../../../src/kong/protocol/observer.ts";
import type { KongServerOptions } from "../../../src/kong/protocol/server.ts";
import { serverStatus } from "../../../src/kong/protocol/status.ts";
import type { Kong } from "../../../src/kong/pdk/kong.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";

/** A server with what startServer has no word for. */
function serve(plugins: Parameters<typeof startServer>[0], options: Partial<KongServerOptions>) {
  return startServer(plugins, options as Parameters<typeof startServer>[1]);
}

/** Takes turns down, and the ids that they came with. */
function takerOf(command?: number) {
  const turns: Turn[] = [];
  return { turns, gone: false, command, take: (turn: Turn) => void turns.push(turn) };
}

describe("the start of an instance", () => {
  test("is told of before it begins, and why it failed, once", async () => {
    const told: unknown[] = [];
    const failing = {
      ...pluginOf(() => {}, { name: "failing" }),
      start: () => {
        throw new Error("no database");
      },
    };
    const { server } = serve([failing, pluginOf(() => {}, { name: "good" })], {
      starting: (plugin) => told.push(["starting", plugin]),
      startFailed: (plugin, error) => told.push(["failed", plugin, (error as Error).message]),
    });
    await server.startInstance("good", "{}");
    assert.deepEqual(told, [["starting", "good"]]);
    await assert.rejects(server.startInstance("failing", "{}"), /no database/);
    assert.deepEqual(told.slice(1, 2), [["starting", "failing"]]);
    assert.match(JSON.stringify(told.slice(2)), /^\[\["failed","failing",".*no database.*"\]\]$/);
    await assert.rejects(server.startInstance("good", "{"), { code: "CONFIG_INVALID" });
    assert.equal(told.length, 5);
    server.drain();
    await assert.rejects(server.startInstance("good", "{}"), { code: "DRAINING" });
    assert.equal(told.length, 5);
    await server.close("the test is over");
  });

  test("that another worker could not do is told of here, too", async () => {
    const told: unknown[] = [];
    const refused = new GibbonError("LIMIT", "too many");
    const { server } = serve([pluginOf(() => {}, { name: "good" })], {
      startFailed: (plugin, error) => told.push([plugin, error]),
      cluster: {
        startInstance: () => Promise.reject(refused),
        closeInstance: () => Promise.resolve(),
        setPluginDir: () => Promise.resolve(),
        forward: () => undefined,
        dropForsaken: () => {},
      },
    });
    await assert.rejects(server.startInstance("good", "{}"), { code: "LIMIT" });
    assert.deepEqual(told, [["good", refused]]);
    await server.close("the test is over");
  });
});

describe("a refused event", () => {
  test("is told of by its plugin and phase, guarded or not, and none that begins", async () => {
    const told: unknown[] = [];
    const { server } = serve([
      pluginOf(() => {}, { name: "auth" }),
      pluginOf(() => {}, { name: "after", phase: "log" }),
    ], { refused: (plugin, phase) => told.push([plugin, phase]) });
    const auth = await server.startInstance("auth", "{}");
    const after = await server.startInstance("after", "{}");
    const taker = takerOf();
    const given = new GibbonError("LIMIT", "no room on this connection");
    server.handleEvent(auth.id, "access", taker);
    assert.deepEqual(told, []);
    assert.equal(server.handleEvent(auth.id, "access", taker, given), undefined);
    assert.throws(() => server.handleEvent(after.id, "log", taker, given), given);
    assert.deepEqual(told, [["auth", "access"], ["after", "log"]]);
    assert.equal(server.events.begun, 1);
    assert.deepEqual(taker.turns.at(-1), {
      kind: "last-call",
      method: "kong.response.exit",
      args: [500, { message: "An unexpected error occurred" }],
    });
    await server.close("the test is over");
  });
});

describe("an observer", () => {
  const asking = (kong: Kong) => kong.request.getMethod();

  test("sees events begin with their commands, their calls, and how they fail", async () => {
    const seen: unknown[] = [];
    const observer: EventObserver = {
      began: (event: Event, command) => {
        seen.push(["began", event.instance.plugin.name, command]);
        if (command === undefined) return undefined;
        return {
          called: ({ method }) => {
            seen.push(["called", method]);
            return () => {};
          },
        };
      },
      failed: (event, end) => void seen.push(["failed", event.instance.plugin.name, end]),
    };
    const broken = () => Promise.reject(new Error("on purpose"));
    const { server } = serve([
      pluginOf(asking, { name: "asking" }),
      pluginOf(broken, { name: "broken" }),
    ], { observer });
    const { id } = await server.startInstance("asking", "{}");
    for (const command of [17, undefined]) {
      const taker = takerOf(command);
      server.handleEvent(id, "access", taker);
      assert.deepEqual(taker.turns, [{
        kind: "call",
        method: "kong.request.get_method",
        args: [],
      }]);
    }
    assert.deepEqual(seen.splice(0), [
      ["began", "asking", 17],
      ["called", "kong.request.get_method"],
      ["began", "asking", undefined],
    ]);
    const other = await server.startInstance("broken", "{}");
    server.handleEvent(other.id, "access", takerOf());
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen, [["began", "broken", undefined], ["failed", "broken", "failed"]]);
    await server.close("the test is over");
  });

  test("changes nothing of what a plugin gets in either way of writing one", async () => {
    for (
      const observer of [undefined, { began: () => ({ called: () => () => {} }), failed() {} }]
    ) {
      const got: unknown[] = [];
      const native = pluginOf((kong: object) => void got.push("getMethod" in property(kong)), {
        name: "native",
      });
      const classic = pluginOf((kong: object) => void got.push("get_method" in property(kong)), {
        name: "classic",
      });
      const { server } = serve(
        [native, { ...classic, dialect: "kong-js" }],
        observer ? { observer } : {},
      );
      for (const name of ["native", "classic"]) {
        server.handleEvent((await server.startInstance(name, "{}")).id, "access", takerOf());
      }
      assert.deepEqual(got, [true, true]);
      await server.close("the test is over");
    }
  });
});

/** What plugins ask of the request. */
function property(kong: object): object {
  return (kong as { request: object }).request;
}

describe("a status", () => {
  const lineage: Lineage = {
    starter: { pid: 7, startedAt: 99, name: "nginx" },
    orphaned: true,
    takeovers: [5],
    older: ["a.sock.1"],
  };
  const told = async (lineage?: Lineage) => {
    const { server } = serve([], lineage ? { lineage } : {});
    const status = serverStatus(server);
    await server.close("the test is over");
    return status;
  };

  test("says where its server comes from, if another one can take its socket over", async () => {
    assert.deepEqual(await told(lineage), {
      Pid: 99,
      Starter: { Pid: 7, StartTicks: 99, Name: "nginx" },
      Orphaned: true,
      Takeovers: [5],
      Older: ["a.sock.1"],
      Plugins: {},
    });
    const without = await told({ ...lineage, starter: undefined, orphaned: false });
    assert.deepEqual([without.Orphaned, "Starter" in without], [false, false]);
  });

  test("says nothing of that otherwise", async () => {
    assert.deepEqual(await told(), { Pid: 99, Plugins: {} });
  });
});
