// Hubs and plugins in every combination, as processes over real sockets: gibbon on each runtime, and Go.
// Slow: 61 processes; hubs and plugins are started anew for each test, because each ends them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { AsyncData } from "../../src/brpc/messages.ts";
import { NUMBERED_NAMES } from "../../src/brpc/hub/names.ts";
import { withFolder } from "../support/folder.ts";
import { buildGo } from "../support/go.ts";
import { type Started, startProcess } from "../support/process.ts";
import { HubProcess } from "./hub_process.ts";
import { gibbonPlugins } from "./processes.ts";
import { type HubRun, PATIENCE_MS, runtime, until, withHub } from "./support.ts";

// Before the first test: node:test takes those that it knows for all there are, and removes the peer.
const [peer, plugins] = await Promise.all([
  buildGo(new URL("peer", import.meta.url), "."),
  gibbonPlugins(),
]);
after(() => peer.remove());

const PEER = peer.program("gibbon-brpc-peer");

const startGoHub = (address: string) => new HubProcess([PEER, "hub", address]);

/** Starts a plugin of that name at a hub. */
type StartPlugin = (address: string, name: string, ...more: string[]) => Started;

const startGo: StartPlugin = (address, name) =>
  startProcess([PEER, "plugin", address, name, "v1.2.3"]);

function startGibbon(command: readonly string[]): StartPlugin {
  return (address, name, ...more) => startProcess([...command, address, name, ...more]);
}

/** Each payload as it goes and comes: what the reference's own tests send, and more. */
const PAYLOADS: readonly unknown[] = [
  123,
  -1.5,
  "ü€😀",
  true,
  ["word a", "word b", "word c"],
  { A: "word a", B: "word b" },
  { A: "12.5", deep: [{ a: [[], {}] }] },
  "x".repeat(200_000),
];

/** A plugin at our hub in this process. */
function describePlugin(what: string, start: StartPlugin): void {
  const plug = async (hub: HubRun, name = "sample", address = hub.address) => {
    const run = start(address, name);
    hub.later(() => run.kill());
    await until(() => run.hasEnded || hub.socket.pluginInfo(name) !== undefined);
    assert.ok(hub.socket.pluginInfo(name), run.stderr());
    return run;
  };

  describe(`gibbon's hub and ${what}`, () => {
    test("shake hands, with nested descriptions, over TCP and a Unix socket", async () => {
      await withFolder(async (folder) => {
        await withHub(async (hub) => {
          const path = await hub.socket.serve(join(folder, "hub"));
          await plug(hub);
          await plug(hub, "other", path);
          for (const name of ["sample", "other"]) {
            const info = hub.socket.pluginInfo(name);
            assert.deepEqual([info?.name, info?.version], [name, "v1.2.3"]);
            assert.equal(info?.functions["add"]?.output?.type, "float64");
            const fields = info?.functions["add"]?.input?.fields ?? [];
            assert.deepEqual(
              fields.map(({ name, type, mandatory }) => [name, type, mandatory]),
              [["a", "float64", true], ["b", "float64", false], ["more", "[]struct", false]],
            );
            assert.deepEqual(fields[2]?.fields, [
              { name: "tags", type: "map[string]string", mandatory: true, fields: [] },
            ]);
            assert.equal(info?.functions["echo"]?.input?.type, "interface");
            assert.equal(await hub.socket.call(name, "add", { a: 1, b: 2 }), 3);
          }
        });
      });
    });

    test("exchange payloads, errors, panics, traces and async values", async () => {
      await withHub(async (hub) => {
        const values: AsyncData[] = [];
        const reading = (async () => {
          for await (const value of hub.socket.async()) values.push(value);
        })();
        await plug(hub);
        const call = (method: string, payload?: unknown, trace = "") =>
          hub.socket.call("sample", method, payload, { trace }).catch((e: Error) => `${e.message}`);
        const echoed = await Promise.all(PAYLOADS.map((payload) => call("echo", payload)));
        assert.deepEqual(echoed, PAYLOADS);
        assert.equal(await call("nothing"), undefined);
        assert.equal(await call("fail"), "went wrong on purpose");
        assert.equal(await call("panic"), "panic: on purpose");
        assert.equal(await call("privateMethod"), "method not found");
        assert.equal(await call("trace", 1, "trace-1"), "trace-1");
        assert.equal(await call("announce", { news: [1] }), true);
        const sums = await Promise.all(
          Array.from({ length: 500 }, (_, i) => call("add", { a: i, b: 1 })),
        );
        assert.deepEqual(sums, sums.map((_, i) => i + 1));
        await until(() => values.length === 2);
        await hub.socket.shutdown();
        await reading;
        assert.deepEqual(values.map(({ payload }) => payload), [
          "v1.2.3 connected",
          { news: [1] },
          "v1.2.3 disconnected",
        ]);
      });
    });

    test("settle a conflict of names by refusal", async () => {
      await withHub(async (hub) => {
        await plug(hub);
        const second = start(hub.address, "sample");
        hub.later(() => second.kill());
        assert.equal((await second.ended).code, 1);
        assert.match(second.stderr(), /plugin sample is connected already/);
        assert.equal(await hub.socket.call("sample", "echo", 1), 1);
      });
    });

    test("settle a conflict of names with a sequencer", async () => {
      await withHub(
        async (hub) => {
          await plug(hub);
          const second = start(hub.address, "sample");
          hub.later(() => second.kill());
          assert.ok(await hub.socket.waitFor("sample-2", PATIENCE_MS));
          assert.equal(await hub.socket.call("sample-2", "echo", 2), 2);
        },
        {},
        { keySequencer: NUMBERED_NAMES },
      );
    });

    test("part gracefully by unplug and shutdown with calls under way", async () => {
      await withHub(async (hub) => {
        const left: [string, boolean][] = [];
        hub.socket.registerCallback(({ name }, graceful) => left.push([name, graceful]));
        const runs = [await plug(hub, "first"), await plug(hub, "second")];
        const calls = ["first", "second"].map((name) => hub.socket.call(name, "slow", 300));
        await hub.socket.unplug("first");
        assert.equal(await calls[0], 300);
        assert.equal((await runs[0]?.ended)?.code, 0);
        const more = hub.socket.call("second", "slow", 100);
        await hub.socket.shutdown();
        assert.deepEqual(await Promise.all([...calls, more]), [300, 300, 100]);
        assert.equal((await runs[1]?.ended)?.code, 0);
        assert.deepEqual(left, [["first", true], ["second", true]]);
      });
    });

    test("notice a plugin that is killed, whose calls fail and whose name is free", async () => {
      await withHub(async (hub) => {
        const left: boolean[] = [];
        hub.socket.registerCallback((_, graceful) => left.push(graceful));
        const run = await plug(hub);
        const call = hub.socket.call("sample", "slow", 60_000);
        run.signal("SIGKILL");
        await assert.rejects(call, { code: "CALL_FAILED", message: /^sample is gone: / });
        await until(() => left.length === 1);
        assert.deepEqual(left, [false]);
        await plug(hub);
        assert.equal(await hub.socket.call("sample", "echo", 1), 1);
      });
    });
  });
}

/** A gibbon plugin at a Go hub. */
function describeAtGoHub(what: string, start: StartPlugin): void {
  const withGoHub = async (use: (hub: HubProcess, address: string) => Promise<void>) => {
    const hub = startGoHub("127.0.0.1:0");
    try {
      await until(() => hub.lines.length > 0);
      await use(hub, hub.lines[0].address);
    } finally {
      await hub.run.kill();
    }
  };
  const withPlugin = (use: (hub: HubProcess, plugin: Started, address: string) => Promise<void>) =>
    withGoHub(async (hub, address) => {
      const plugin = start(address, "sample");
      try {
        await until(() => plugin.hasEnded || hub.events("connected").length === 1);
        assert.equal(plugin.hasEnded, false, plugin.stderr());
        await use(hub, plugin, address);
      } finally {
        await plugin.kill();
      }
    });

  describe(`a Go hub and ${what}`, () => {
    test("shake hands and exchange payloads, errors, panics, traces and async values", async () => {
      await withPlugin(async (hub) => {
        const { Version, Functions } = hub.events("connected")[0].info;
        assert.equal(Version, "v1.2.3");
        const [, , more] = Functions.add.Input.Fields;
        assert.deepEqual([more.Name, more.Type, more.Mandatory], ["more", "[]struct", false]);
        assert.equal(more.Fields[0].Type, "map[string]string");
        assert.equal(Functions.add.Output.Type, "float64");
        for (const payload of PAYLOADS) {
          assert.deepEqual(await hub.call("sample", "echo", payload), payload);
        }
        const nothing = await hub.order("call", "sample", { method: "nothing", payload: 1 });
        assert.equal(nothing.empty, true);
        assert.equal(await hub.call("sample", "fail"), "error: went wrong on purpose");
        assert.equal(await hub.call("sample", "panic"), "error: panic: on purpose");
        assert.equal(await hub.call("sample", "Async"), "error: method not found");
        assert.match(
          String(await hub.call("sample", "add", { a: "x" })),
          /^error: invalid input: a: /,
        );
        assert.match(String(await hub.call("sample", "circular")), /^error: invalid output: /);
        assert.equal(await hub.call("sample", "trace", 1, "trace-1"), "trace-1");
        const sums = await Promise.all(
          Array.from({ length: 200 }, (_, i) => hub.call("sample", "add", { a: i, b: 1 })),
        );
        assert.deepEqual(sums, sums.map((_, i) => i + 1));
        assert.equal(await hub.call("sample", "announce", { news: [1] }), true);
        await until(() => hub.events("async").length === 1);
        assert.deepEqual(hub.events("async")[0].payload, { news: [1] });
        assert.equal(await hub.call("sample", "flood", 500), 500);
        await until(() => hub.events("async").length === 501);
      });
    });

    test("settle a conflict of names by refusal", async () => {
      await withPlugin(async (hub, _, address) => {
        const second = start(address, "sample");
        assert.equal((await second.ended).code, 1);
        assert.match(second.stderr(), /PLUGIN_DUPLICATE: .*plugin name is not unique/);
        assert.equal(await hub.call("sample", "echo", 1), 1);
      });
    });

    test("part gracefully when the hub says so, or the plugin gets a signal", async () => {
      await withPlugin(async (hub, plugin) => {
        const call = hub.call("sample", "slow", 300);
        await hub.call("sample", "echo", 1);
        await hub.order("unplug", "sample");
        assert.equal(await call, 300);
        assert.equal((await plugin.ended).code, 0);
      });
      await withPlugin(async (hub, plugin) => {
        const call = hub.call("sample", "slow", 300);
        await hub.call("sample", "echo", 1);
        plugin.signal("SIGTERM");
        assert.equal(await call, 300);
        assert.equal((await plugin.ended).code, 0);
        await until(() => hub.events("disconnected").length === 1);
      });
    });

    test("lose each other when the hub is killed: the plugin ends, or finds the next hub", async () => {
      await withFolder(async (folder) => {
        const path = join(folder, "hub");
        let hub = startGoHub(path);
        await until(() => hub.lines.length > 0);
        const runs = [start(path, "once"), start(path, "again", "--reconnect")];
        try {
          await until(() => hub.events("connected").length === 2);
          await hub.run.kill();
          assert.equal((await runs[0]?.ended)?.code, 1);
          assert.match(runs[0]!.stderr(), /SOCKET_FAILED: The connection to the hub broke/);
          const { rm } = await import("node:fs/promises");
          await rm(path);
          hub = startGoHub(path);
          await until(() => hub.events("connected", "again").length === 1);
          assert.equal(await hub.call("again", "echo", 7), 7);
        } finally {
          await Promise.all([...runs.map((run) => run.kill()), hub.run.kill()]);
        }
      });
    });
  });
}

// The reasons are in the titles because Bun and Deno do not print those of a skip.
if (peer.missing !== undefined) {
  test(`there is no Go peer: ${peer.missing}`, { skip: true }, () => {});
} else {
  describePlugin("a Go plugin", startGo);

  test("gibbon's hub passes a Go plugin's JSON on with all digits of its numbers", async () => {
    await withHub(async (hub) => {
      const run = startGo(hub.address, "sample");
      hub.later(() => run.kill());
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      const json = '{"id":9007199254740993,"of":[18446744073709551615,0.1000]}';
      assert.equal(await hub.socket.callJson("sample", "echo", json), json);
      const values = hub.socket.asyncJson();
      await hub.socket.callJson("sample", "announce", json);
      assert.deepEqual((await values.next()).value, { name: "sample", payload: json });
    });
  });

  test("gibbon's hub takes a plugin from before 0.0.19, whose functions are a slice", async () => {
    await withHub(async (hub) => {
      const run = startProcess([PEER, "plugin", hub.address, "old", "v0.0.14", "older"]);
      hub.later(() => run.kill());
      assert.ok(await hub.socket.waitFor("old", PATIENCE_MS));
      assert.equal(hub.socket.pluginInfo("old")?.functions["add"]?.input?.fields.length, 3);
      assert.equal(await hub.socket.call("old", "add", { a: 1, b: 2 }), 3);
    });
  });
}
for (const [name, command] of plugins) {
  describePlugin(`a plugin on ${name}`, startGibbon(command));
  // No hub of this runtime takes part: those on other runtimes are in the runs on these.
  if (name !== runtime.name || peer.missing !== undefined) continue;
  describeAtGoHub(`a plugin on ${name}`, startGibbon(command));
}
