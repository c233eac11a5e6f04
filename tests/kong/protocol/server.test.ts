// The server without a wire: what its methods refuse, where they go in a cluster, and what they log.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allowPatches } from "../../../src/runtime/shared/builtins/inspection.ts";
import { GibbonError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/log.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/kong/engine/limits.ts";
import { PluginRegistry } from "../../../src/kong/engine/registry.ts";
import type { Turn } from "../../../src/kong/engine/turn.ts";
import type { Cluster } from "../../../src/kong/protocol/cluster.ts";
import {
  FAILURE_CALL,
  KongServer,
  type KongServerOptions,
} from "../../../src/kong/protocol/server.ts";
import { pluginDump, serverStatus } from "../../../src/kong/protocol/status.ts";
import { pluginOf } from "../support/events.ts";

interface ServerOptions extends Partial<Omit<KongServerOptions, "limits">> {
  limits?: Partial<Limits>;
}

/** A server with a plugin `auth`, which guards, and `stats`, which does not. */
function serverOf({ limits, ...options }: ServerOptions = {}) {
  const entries: string[] = [];
  const registry = new PluginRegistry();
  const hang = () => new Promise(() => {});
  registry.replace([
    pluginOf(hang, { name: "auth" }),
    pluginOf(hang, { name: "stats", onError: "continue" }),
    pluginOf(hang, { name: "after", phase: "log" }),
    pluginOf(hang, { name: "answers", phase: "response" }),
  ]);
  const server = new KongServer({
    registry,
    limits: { ...DEFAULT_LIMITS, ...limits },
    log: createLogger((line) => entries.push(line), "debug"),
    serverPid: 1,
    processId: 99,
    ...options,
  });
  const turns: Turn[] = [];
  const ids: number[] = [];
  const taker = {
    gone: false,
    take(turn: Turn, id: number) {
      turns.push(turn);
      ids.push(id);
    },
  };
  return { server, registry, entries, turns, ids, taker };
}

/** A cluster that writes down what it is asked for; its instances are of this process. */
function clusterOf(start: (name: string, config: string) => Promise<number>) {
  const asked: unknown[] = [];
  const cluster: Cluster = {
    startInstance: (name, config) => {
      asked.push(["start", name, config]);
      return start(name, config);
    },
    closeInstance: (id) => Promise.resolve(void asked.push(["close", id])),
    setPluginDir: (directory) => Promise.resolve(void asked.push(["directory", directory])),
    forward: () => undefined,
    dropForsaken: () => void asked.push(["drop"]),
  };
  return { asked, cluster };
}

const STOP = { kind: "last-call", ...FAILURE_CALL };

describe("an instance's scope, for logs, is", () => {
  const scopes: Readonly<Record<string, [config: unknown, scope: string | undefined]>> = {
    "what Kong says of it, the plugin's id first": [
      { service_id: "s", consumer_id: "c", route_id: "r", __plugin_id: "p", other: "o" },
      "plugin id p, route id r, service id s, consumer id c",
    ],
    "one thing alone": [{ route_id: "r" }, "route id r"],
    "not what is no text": [{ route_id: 7, service_id: null, consumer_id: "c" }, "consumer id c"],
    "nothing where nothing is said": [{}, undefined],
    "nothing of a text": ["route_id", undefined],
    "nothing of null": [null, undefined],
  };
  for (const [what, [config, scope]] of Object.entries(scopes)) {
    test(what, async () => {
      const { server } = serverOf();
      const instance = await server.startInstance("auth", JSON.stringify(config));
      assert.equal(instance.scope, scope);
      assert.deepEqual(instance.status.config, config);
      await server.close("the test is over");
    });
  }
});

describe("a server refuses", () => {
  test("configurations that are no JSON, and does not quote them", async () => {
    const { server } = serverOf();
    await assert.rejects(async () => await server.startInstance("auth", '{"secret'), {
      code: "CONFIG_INVALID",
      plugin: "auth",
      message: "The configuration of auth is not JSON",
    });
  });

  test("plugins directories where they are fixed", async () => {
    const { server } = serverOf({ pluginsDirectory: "/plugins" });
    await server.setPluginDir("/plugins/../plugins/");
    for (const directory of ["/other", "plugins"]) {
      await assert.rejects(server.setPluginDir(directory), { code: "FORBIDDEN" });
    }
    await assert.rejects(serverOf().server.setPluginDir("/plugins"), { code: "FORBIDDEN" });
  });

  test("phases that are none", async () => {
    const { server, taker } = serverOf();
    const { id } = await server.startInstance("auth", "{}");
    assert.throws(() => server.handleEvent(id, "toString", taker), {
      code: "PHASE_UNSUPPORTED",
      plugin: "auth",
    });
  });

  test("instances and first phases while it stops, and lets requests through their last ones", async () => {
    const { server, taker, turns, ids } = serverOf();
    const [auth, stats, after, answers] = [
      await server.startInstance("auth", "{}"),
      await server.startInstance("stats", "{}"),
      await server.startInstance("after", "{}"),
      await server.startInstance("answers", "{}"),
    ];
    server.drain();
    await assert.rejects(server.startInstance("auth", "{}"), { code: "DRAINING" });
    assert.equal(server.handleEvent(auth.id, "access", taker), undefined);
    assert.deepEqual([turns, ids], [[STOP], [0]]);
    assert.throws(() => server.handleEvent(stats.id, "access", taker), { code: "DRAINING" });
    assert.ok(server.handleEvent(after.id, "log", taker));
    assert.ok(server.handleEvent(answers.id, "response", taker));
    assert.equal(turns.length, 1);
    await server.close("the test is over");
  });

  test("events of a plugin that did harm, and stops the requests that it guards", async () => {
    const harm = new GibbonError("PLUGIN_STOPPED", "it did harm", { remedy: "Mend it." });
    const asked: unknown[] = [];
    const { server, taker, turns, entries } = serverOf({
      refusing: {
        event: (instance, phase) => {
          asked.push([instance.plugin.name, phase]);
          return instance.plugin.name === "answers" ? undefined : harm;
        },
        start: (name, config) => {
          asked.push([name, config]);
          return name === "after" ? harm : undefined;
        },
      },
    });
    await assert.rejects(server.startInstance("after", '{"a":1}'), { code: "PLUGIN_STOPPED" });
    const auth = await server.startInstance("auth", "{}");
    const stats = await server.startInstance("stats", "{}");
    const answers = await server.startInstance("answers", "{}");
    asked.splice(1);
    assert.deepEqual(asked, [["after", { a: 1 }]]);
    server.handleEvent(auth.id, "access", taker);
    assert.deepEqual(turns, [STOP]);
    assert.deepEqual(entries, [
      "[error] an event was refused; the request is stopped plugin=auth phase=access " +
      'code=PLUGIN_STOPPED error="it did harm" remedy="Mend it."',
    ]);
    assert.throws(() => server.handleEvent(stats.id, "access", taker), { code: "PLUGIN_STOPPED" });
    assert.ok(server.handleEvent(answers.id, "response", taker));
    assert.deepEqual(asked.slice(1), [
      ["auth", "access"],
      ["stats", "access"],
      ["answers", "response"],
    ]);
    await server.close("the test is over");
  });

  test("nothing of a handler's own errors", async () => {
    const attribute = () => {
      throw new TypeError("not gibbon's");
    };
    const { server, taker, turns } = serverOf({ attribute });
    const { id } = await server.startInstance("auth", "{}");
    assert.throws(() => server.handleEvent(id, "access", taker), TypeError);
    assert.deepEqual(turns, []);
    await server.close("the test is over");
  });
});

describe("a server of several processes", () => {
  test("starts and closes instances in all of them", async () => {
    const { asked, cluster } = clusterOf(async (name, config) =>
      (await server.adoptInstance(name, config, { id: 77, startedMs: 5000 })).id
    );
    const { server } = serverOf({ cluster });
    const instance = await server.startInstance("auth", '{"a":1}');
    assert.deepEqual([instance.id, instance.startedAt], [77, 5]);
    assert.deepEqual(await server.closeInstance(77), instance.status);
    assert.equal(server.instances.get(77), instance);
    await assert.rejects(server.closeInstance(78), { code: "NO_INSTANCE" });
    assert.deepEqual(asked, [["start", "auth", '{"a":1}'], ["close", 77]]);
    await server.close("the test is over");
  });

  test("changes the directory in all of them, and asks all who is waited for", async () => {
    const { asked, cluster } = clusterOf(() => Promise.resolve(1));
    const own: string[] = [];
    const setPluginDir = (directory: string) => Promise.resolve(void own.push(directory));
    const { server } = serverOf({ cluster, setPluginDir });
    await server.setPluginDir("/plugins");
    server.dropForsaken("it left");
    assert.deepEqual([asked, own], [[["directory", "/plugins"], ["drop"]], []]);
    await serverOf({ setPluginDir }).server.setPluginDir("/plugins");
    assert.deepEqual(own, ["/plugins"]);
  });
});

describe("a server that is closed", () => {
  test("has no events and no instances, and takes no new ones", async () => {
    const { server, taker } = serverOf();
    const { id } = await server.startInstance("auth", "{}");
    const event = server.handleEvent(id, "access", taker) as Event;
    await server.close("it is over");
    assert.deepEqual([server.events.size, server.instances.size], [0, 0]);
    assert.equal(event.end, "abandoned");
    await assert.rejects(server.startInstance("auth", "{}"), { code: "DRAINING" });
  });
});

describe("idle instances", () => {
  for (const inCluster of [false, true]) {
    const whose = inCluster ? "by all processes together" : "by the server that has them";
    test(`are looked for now and then, ${whose}`, async () => {
      const { setInterval } = globalThis;
      const ticks: (() => void)[] = [];
      allowPatches(["setInterval"]);
      globalThis.setInterval = ((tick: () => void, ms: number) => {
        ticks.push(tick);
        return setInterval(() => {}, ms);
      }) as typeof setInterval;
      const { cluster } = clusterOf(() => Promise.resolve(1));
      const { server } = serverOf({
        limits: { idleInstanceMs: -1 },
        ...(inCluster ? { cluster } : {}),
      });
      globalThis.setInterval = setInterval;
      await server.adoptInstance("auth", "{}");
      assert.equal(ticks.length, 1);
      ticks[0]!();
      assert.equal(server.instances.size, inCluster ? 1 : 0);
      await server.close("the test is over");
    });
  }
});

describe("a status", () => {
  test("has gibbon's version where that is known, and whole seconds", async () => {
    const { server, registry } = serverOf({ version: "1.2.3" });
    await server.adoptInstance("auth", "{}", { id: 5, startedMs: 7900 });
    registry.get("auth").lastClose = 8.9;
    const { Version, Pid, Plugins } = serverStatus(server) as {
      Version: string;
      Pid: number;
      Plugins: Record<string, Record<string, unknown>>;
    };
    assert.deepEqual([Version, Pid, Object.keys(Plugins)], [
      "1.2.3",
      99,
      ["auth", "stats", "after", "answers"],
    ]);
    assert.deepEqual(Plugins["auth"], {
      Name: "auth",
      Modtime: 0,
      LoadTime: 0,
      Instances: [{ Name: "auth", Id: 5, Config: {}, StartTime: 7 }],
      LastStartInstance: 7,
      LastCloseInstance: 8,
    });
    assert.equal("Version" in serverStatus(serverOf().server), false);
    await server.close("the test is over");
  });

  test("of a plugin names the protocols that its phases need", () => {
    const fieldsOf = (phase: "access" | "preread") =>
      pluginDump(pluginOf(() => {}, { phase })).Schema.fields.map((field) => Object.keys(field));
    assert.deepEqual(fieldsOf("access"), [["config"]]);
    assert.deepEqual(fieldsOf("preread"), [["config"], ["protocols"]]);
  });
});
