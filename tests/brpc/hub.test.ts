// The hub with plugins in the same process, over real sockets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { NUMBERED_NAMES } from "../../src/brpc/hub/names.ts";
import type { AsyncData } from "../../src/brpc/messages.ts";
import { defineHubPlugin, method, MethodError } from "../../src/brpc/plugin/define.ts";
import { runHubPlugin } from "../../src/brpc/plugin/run.ts";
import type { Connection } from "../../src/runtime/contract.ts";
import { withFolder } from "../support/folder.ts";
import { ECHO, HubRun, PATIENCE_MS, runtime, until, withHub } from "./support.ts";

const pem = (name: string) =>
  readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), "utf8");
const CERTIFICATE = { cert: pem("cert"), key: pem("key"), ca: pem("cert") };

/** A method that gives what it got when the test says so. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    open: () => waiting.splice(0).forEach((resolve) => resolve()),
    get waiting() {
      return waiting.length;
    },
    method: method({}, async (value) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return value;
    }),
  };
}

describe("calls", () => {
  test("run side by side and are answered in any order", async () => {
    await withHub(async (hub) => {
      const gates = [gate(), gate()];
      hub.plug({ methods: { first: gates[0]!.method, second: gates[1]!.method } });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const order: unknown[] = [];
      const calls = ["first", "second"].map((name, i) =>
        hub.socket.call("sample", name, i).then((value) => order.push(value))
      );
      await until(() => gates.every(({ waiting }) => waiting === 1));
      gates[1]!.open();
      await calls[1];
      gates[0]!.open();
      await calls[0];
      assert.deepEqual(order, [1, 0]);
    });
  });

  test("take every payload that JSON has, and long ones", async () => {
    await withHub(async (hub) => {
      hub.plug({});
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const values = [0, -1.5, "", "ü€😀", true, false, null, [], {}, [[1], { a: [null] }]];
      for (const value of [...values, "x".repeat(3_000_000), undefined]) {
        assert.deepEqual(await hub.socket.call("sample", "echo", value), value);
      }
    });
  });

  test("end at their time-out or with their signal, and a late answer hurts nobody", async () => {
    await withHub(async (hub) => {
      const slow = gate();
      hub.plug({ methods: { ...ECHO, wait: slow.method } });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      await assert.rejects(hub.socket.call("sample", "wait", 1, { timeoutMs: 5 }), {
        code: "DEADLINE",
      });
      const left = new AbortController();
      const call = hub.socket.call("sample", "wait", 2, { signal: left.signal });
      left.abort(new Error("never mind"));
      await assert.rejects(call, /never mind/);
      await assert.rejects(
        hub.socket.call("sample", "echo", 2, { signal: left.signal }),
        /never mind/,
      );
      await until(() => slow.waiting === 2);
      slow.open();
      assert.equal(await hub.socket.call("sample", "echo", 3), 3);
      await assert.rejects(hub.socket.call("sample", "echo", 3, { timeoutMs: 0 }), {
        code: "OPTION_INVALID",
      });
    });
  });

  test("are refused past the limit, and for payloads that are no JSON or too long", async () => {
    await withHub(async (hub) => {
      const slow = gate();
      hub.plug({ methods: { ...ECHO, wait: slow.method } });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const first = hub.socket.call("sample", "wait", 1);
      await assert.rejects(hub.socket.call("sample", "echo", 2), { code: "LIMIT" });
      await until(() => slow.waiting === 1);
      slow.open();
      assert.equal(await first, 1);
      await assert.rejects(hub.socket.call("sample", "echo", 2n), TypeError);
      await assert.rejects(hub.socket.call("sample", "echo", 2, { trace: "x".repeat(2000) }), {
        code: "LIMIT",
      });
      await assert.rejects(hub.socket.call("sample", "echo", "x".repeat(17e6)), { code: "LIMIT" });
      assert.equal(await hub.socket.call("sample", "echo", 3), 3);
    }, { calls: 1 });
  });

  test("of an unknown plugin, an unknown method and a reserved one fail as in Go", async () => {
    await withHub(async (hub) => {
      hub.plug({});
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const message = "plugin other not found";
      await assert.rejects(hub.socket.call("other", "echo"), { code: "PLUGIN_UNKNOWN", message });
      for (const name of ["other", "Async", "Shutdown", "constructor", ""]) {
        await assert.rejects(hub.socket.call("sample", name), {
          code: "CALL_FAILED",
          message: "method not found",
        });
      }
      assert.equal(await hub.socket.call("sample", "echo", 1), 1);
    });
  });

  test("fail with what the method threw, and other calls go on", async () => {
    await withHub(async (hub) => {
      const { entries } = hub.plug({
        methods: {
          ...ECHO,
          fail: method({}, () => Promise.reject(new MethodError("no such user"))),
          panic: method({}, () => {
            throw new Error("a bug");
          }),
          worse: method({}, () => Promise.reject(null)),
          big: method({}, () => 1n),
        },
      });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const messages = await Promise.all(
        ["fail", "panic", "worse", "big"].map((name) =>
          hub.socket.call("sample", name).catch((error: Error) => error.message)
        ),
      );
      assert.deepEqual(messages.slice(0, 3), ["no such user", "panic: a bug", "panic: null"]);
      assert.match(String(messages[3]), /^invalid output: no JSON: /);
      assert.equal(entries.filter((entry) => entry.includes("a method failed")).length, 2);
      assert.equal(await hub.socket.call("sample", "echo", 1), 1);
    });
  });
});

describe("Infinity and NaN", () => {
  test("are errors wherever they are, as in Go, and null is none", async () => {
    await withHub(async (hub) => {
      const bad = [NaN, Infinity, -Infinity, [1, { a: NaN }], { toJSON: () => [NaN] }];
      const { entries } = hub.plug({
        methods: {
          give: method({}, (i) => bad[Number(i)]),
          say: method({}, (i, { async }) => async(bad[Number(i)])),
          none: method({}, () => ({ a: null, b: "null", c: [undefined, NaN.toString()] })),
        },
      });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      for (let i = 0; i < bad.length; i++) {
        const message = /json: unsupported value: (?:NaN|-?Infinity)/;
        await assert.rejects(hub.socket.call("sample", "give", i), {
          code: "CALL_FAILED",
          message,
        });
        await assert.rejects(hub.socket.call("sample", "say", i), message);
        await assert.rejects(hub.socket.call("sample", "none", bad[i]), TypeError);
      }
      assert.deepEqual(await hub.socket.call("sample", "none"), {
        a: null,
        b: "null",
        c: [null, "NaN"],
      });
      assert.ok(entries.length > 0);
    });
  });
});

describe("a broadcast", () => {
  test("gives every plugin's result or error", async () => {
    await withHub(async (hub) => {
      for (let i = 0; i < 20; i++) {
        const name = `p${i}`;
        const run = () => i % 2 === 0 ? name : Promise.reject(new MethodError(name));
        hub.plug({ name, methods: { who: method({}, run) } });
      }
      await until(() => hub.socket.connected().size === 20);
      const results = await hub.socket.broadcast("who");
      assert.equal(results.size, 20);
      for (const [name, result] of results) {
        assert.equal(result.ok ? result.value : (result.error as Error).message, name);
        assert.equal(result.ok, Number(name.slice(1)) % 2 === 0);
      }
    });
  });
});

describe("async values", () => {
  test("reach every reader, with the words of coming and going, until the hub stops", async () => {
    await withHub(async (hub) => {
      const seen: AsyncData[][] = [[], []];
      const readers = seen.map(async (values) => {
        for await (const value of hub.socket.async()) values.push(value);
      });
      hub.plug({
        useAsyncHook: (send) => void setTimeout(() => send({ from: "hook" }), 50),
        methods: { say: method({}, (value, ctx) => ctx.async(value)) },
      });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      await until(() => seen[0]!.length === 2);
      assert.equal(await hub.socket.call("sample", "say", [1]), true);
      await hub.socket.shutdown();
      await Promise.all(readers);
      const payloads = ["v1 connected", { from: "hook" }, [1], "v1 disconnected"];
      const expected = payloads.map((payload) => ({ name: "sample", payload }));
      assert.deepEqual(seen, [expected, expected]);
    });
  });
});

describe("a plugin that runs at two hubs", () => {
  test("sends its own values to both", async () => {
    await withHub(async (one) => {
      await withHub(async (two) => {
        const plugin = defineHubPlugin({ name: "both", version: "v1", methods: ECHO });
        const stop = new AbortController();
        const readers = [one, two].map(({ socket }) => socket.async());
        const runs = [one, two].map(({ address }) =>
          runHubPlugin(plugin, { hub: address, runtime, stop: stop.signal })
        );
        for (const reader of readers) assert.equal((await reader.next()).value.name, "both");
        assert.equal(plugin.async("to both"), true);
        for (const reader of readers) {
          assert.deepEqual((await reader.next()).value, { name: "both", payload: "to both" });
        }
        stop.abort();
        await Promise.all(runs);
        assert.equal(plugin.async("to nobody"), false);
      });
    });
  });
});

describe("names", () => {
  test("that are taken are refused, and given to plugins again when they are free", async () => {
    await withHub(async (hub) => {
      const first = hub.plug({});
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const refused = await hub.plug({}).ended as { code: string; message: string };
      assert.equal(refused.code, "PLUGIN_DUPLICATE");
      assert.match(refused.message, /plugin sample is connected already/);
      assert.equal(await hub.socket.call("sample", "echo", 1), 1);
      first.stop.abort();
      await first.ended;
      await until(() => hub.socket.connected().size === 0);
      hub.plug({ version: "v2" });
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      assert.equal(hub.socket.pluginInfo("sample")?.version, "v2");
    });
  });

  test("are made different by a sequencer, as often as it says", async () => {
    await withHub(
      async (hub) => {
        const runs = [hub.plug({})];
        await hub.socket.waitFor("sample", PATIENCE_MS);
        runs.push(hub.plug({}));
        assert.ok(await hub.socket.waitFor("sample-2", PATIENCE_MS));
        assert.equal(await hub.socket.call("sample-2", "echo", 2), 2);
        assert.deepEqual([...hub.socket.connected().keys()], ["sample", "sample-2"]);
        assert.match(String(await hub.plug({}).ended), /connected already/);
      },
      {},
      { keySequencer: { ...NUMBERED_NAMES, attempts: 1 } },
    );
  });
});

describe("a key sequencer", () => {
  test("is given the previous name each time, and what the plugin calls itself", async () => {
    const asked: unknown[] = [];
    const keySequencer = {
      attempts: 5,
      next: (previous: string, attempt: number, name: string) => {
        asked.push([previous, attempt, name]);
        return `${previous}x`;
      },
    };
    await withHub(
      async (hub) => {
        for (const name of ["sample", "samplex", "samplexx"]) {
          hub.plug({});
          assert.ok(await hub.socket.waitFor(name, PATIENCE_MS));
        }
        assert.deepEqual(asked, [
          ["sample", 1, "sample"],
          ["sample", 1, "sample"],
          ["samplex", 2, "sample"],
        ]);
      },
      {},
      { keySequencer },
    );
  });

  test("that gives no name, or one that is too long, gets nobody in", async () => {
    for (const other of ["", "x".repeat(201)]) {
      await withHub(
        async (hub) => {
          hub.plug({});
          await hub.socket.waitFor("sample", PATIENCE_MS);
          assert.match(String(await hub.plug({}).ended), /connected already/);
        },
        {},
        { keySequencer: { attempts: 3, next: () => other } },
      );
    }
  });

  test("that fails gets nobody a name, and harms nobody", async () => {
    const keySequencer = {
      attempts: 1,
      next: () => {
        throw new Error("a bug");
      },
    };
    await withHub(
      async (hub) => {
        hub.plug({});
        await hub.socket.waitFor("sample", PATIENCE_MS);
        assert.match(String(await hub.plug({}).ended), /the key sequencer failed: a bug/);
        assert.equal(await hub.socket.call("sample", "echo", 1), 1);
      },
      {},
      { keySequencer },
    );
  });
});

describe("coming and going", () => {
  test("waitFor sees plugins that are there, that come, and that do not", async () => {
    await withHub(async (hub) => {
      assert.equal(await hub.socket.waitFor("sample", 5), false);
      const patient = hub.socket.waitFor("sample", Infinity);
      const waiting = hub.socket.waitFor("sample", PATIENCE_MS);
      hub.plug({});
      assert.deepEqual(await Promise.all([waiting, patient]), [true, true]);
      assert.equal(await hub.socket.waitFor("sample", 5), true);
      const late = hub.socket.waitFor("other", PATIENCE_MS);
      await hub.socket.shutdown();
      assert.equal(await late, false);
    });
  });

  test("what is told of plugins are copies, with functions where they are asked for", async () => {
    await withHub(async (hub) => {
      hub.plug({});
      await hub.socket.waitFor("sample", PATIENCE_MS);
      assert.deepEqual(hub.socket.connected().get("sample")?.functions, {});
      const info = hub.socket.connected(true).get("sample");
      assert.deepEqual(info, hub.socket.pluginInfo("sample"));
      delete (info?.functions as Record<string, unknown>)["echo"];
      assert.ok(hub.socket.pluginInfo("sample")?.functions["echo"]);
      assert.equal(hub.socket.pluginInfo("other"), undefined);
    });
  });

  test("unplug lets calls finish, refuses new ones, and is graceful", async () => {
    await withHub(async (hub) => {
      const left: [string, boolean][] = [];
      const forget = hub.socket.registerCallback(({ name }, graceful) => {
        left.push([name, graceful]);
        throw new Error("a bad callback");
      });
      const slow = gate();
      const { ended } = hub.plug({ methods: { wait: slow.method } });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const call = hub.socket.call("sample", "wait", 7);
      const gone = hub.socket.unplug("sample");
      await assert.rejects(hub.socket.call("sample", "wait"), {
        code: "DRAINING",
        message: "connection is shut down",
      });
      await until(() => slow.waiting === 1);
      slow.open();
      assert.equal(await call, 7);
      await gone;
      assert.equal(await ended, undefined);
      assert.deepEqual(left, [["sample", true]]);
      await assert.rejects(hub.socket.unplug("sample"), { code: "PLUGIN_UNKNOWN" });
      forget();
    });
  });

  test("a plugin that does not stop in time is cut off, and its calls fail", async () => {
    await withHub(async (hub) => {
      const left: boolean[] = [];
      hub.socket.registerCallback((_, graceful) => left.push(graceful));
      hub.plug({ methods: { wait: gate().method } }, { limits: { graceMs: 10 } });
      hub.plug({ name: "deaf", methods: { wait: gate().method } }, { limits: { graceMs: 60_000 } });
      await until(() => hub.socket.connected().size === 2);
      const calls = ["sample", "deaf"].map((name) => hub.socket.call(name, "wait"));
      const shutDown = hub.socket.shutdown();
      for (const call of calls) await assert.rejects(call, { code: "DRAINING" });
      await shutDown;
      assert.deepEqual(left, [true, false]);
      await assert.rejects(hub.socket.call("sample", "wait"), { code: "DRAINING" });
      await assert.rejects(hub.socket.serve("127.0.0.1:0"), { code: "DRAINING" });
    }, { graceMs: 500 });
  });

  test("a plugin connects again with reconnect, also while its name is taken", async () => {
    await withHub(async (hub) => {
      const limits = { backoffMs: 2, longestBackoffMs: 10 };
      const first = hub.plug({});
      await hub.socket.waitFor("sample", PATIENCE_MS);
      const second = hub.plug({ version: "v2" }, { reconnect: true, limits });
      await until(() => second.entries.some((entry) => entry.includes("connected already")));
      first.stop.abort();
      await until(() => hub.socket.pluginInfo("sample")?.version === "v2");
      await hub.socket.unplug("sample");
      assert.equal(await second.ended, undefined);
    });
  });

  test("a plugin with reconnect comes back when a hub that stopped is there again", async () => {
    const limits = { backoffMs: 2, longestBackoffMs: 10 };
    let address = "";
    let plug: ReturnType<HubRun["plug"]> | undefined;
    const first = new HubRun();
    try {
      address = await first.socket.serve("127.0.0.1:0");
      first.address = address;
      plug = first.plug({}, { reconnect: true, limits });
      assert.ok(await first.socket.waitFor("sample", PATIENCE_MS));
      await first.socket.shutdown();
      await until(() => plug?.entries.some((entry) => entry.includes("connecting again")) === true);
      const second = new HubRun();
      await second.socket.serve(address);
      assert.ok(await second.socket.waitFor("sample", PATIENCE_MS));
      assert.equal(await second.socket.call("sample", "echo", 1), 1);
      await second.socket.unplug("sample");
      assert.equal(await plug.ended, undefined);
      await second.end();
    } finally {
      await first.end();
    }
  });

  test("a plugin without reconnect ends well when its hub stops", async () => {
    await withHub(async (hub) => {
      const { ended } = hub.plug({});
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      await hub.socket.shutdown();
      assert.equal(await ended, undefined);
    });
  });

  test("a plugin that cannot reach its hub says so, or waits until it is told to stop", async () => {
    const hub = new HubRun();
    hub.address = "127.0.0.1:1";
    const failure = await hub.plug({}).ended as { code: string };
    assert.equal(failure.code, "SOCKET_FAILED");
    const patient = hub.plug({}, { reconnect: true });
    await until(() => patient.entries.some((entry) => entry.includes("connecting again")));
    patient.stop.abort();
    assert.equal(await patient.ended, undefined);
    await hub.end();
  });
});

describe("connecting to a hub that does not answer", () => {
  /** Something that takes connections for TLS, and says nothing. */
  const withSilence = async (use: (hub: HubRun) => Promise<void>) => {
    const hub = new HubRun();
    const host = "127.0.0.1";
    const open: Connection[] = [];
    const silence = await runtime.listenTcp({ host, port: 0 }, (connection) => {
      open.push(connection);
      return { data() {}, closed() {} };
    });
    hub.address = `${host}:${silence.port}`;
    hub.later(() => open.forEach((connection) => connection.destroy()));
    hub.later(() => silence.close());
    await use(hub).finally(() => hub.end());
  };

  test("is given up after a while", async () => {
    await withSilence(async (hub) => {
      const limits = { connectMs: 20 };
      const failure = await hub.plug({}, { secure: {}, limits }).ended as Error;
      assert.match(failure.message, /^Cannot reach a hub on .*: nobody answers within 20 ms$/);
    });
  });

  test("ends when the plugin is told to stop", async () => {
    await withSilence(async (hub) => {
      const { stop, ended } = hub.plug({}, { secure: {}, limits: { connectMs: Infinity } });
      await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort();
      assert.equal(await ended, undefined);
    });
  });
});

describe("addresses", () => {
  test("may be several at once, and Unix sockets", async () => {
    await withFolder(async (folder) => {
      await withHub(async (hub) => {
        const path = join(folder, "hub.socket");
        assert.equal(await hub.socket.serve(`unix:${path}`), path);
        hub.plug({});
        hub.plug({ name: "beside" }, { hub: path });
        assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
        assert.ok(await hub.socket.waitFor("beside", PATIENCE_MS));
        assert.equal(await hub.socket.call("beside", "echo", 1), 1);
        await assert.rejects(hub.socket.serve(hub.address), { code: "SOCKET_IN_USE" });
        const open = join(folder, "open.socket");
        await hub.socket.serve(open, undefined, { mode: 0o660 });
        assert.equal((await stat(open)).mode & 0o777, 0o660);
        assert.equal((await stat(path)).mode & 0o777, 0o600);
        await assert.rejects(hub.socket.serve("127.0.0.1:0", undefined, { mode: 0o660 }), {
          code: "OPTION_INVALID",
        });
        for (const bad of ["", "7070", "host:99999", "a:b:1"]) {
          await assert.rejects(hub.socket.serve(bad), { code: "OPTION_INVALID" });
        }
      });
    });
  });

  test("that other machines reach are warned about, unless plugins need certificates", async () => {
    await withHub(async (hub) => {
      const warning = "the hub listens to other machines";
      assert.ok(!hub.logged(warning));
      await hub.socket.serve("0.0.0.0:0", CERTIFICATE);
      assert.ok(!hub.logged(warning));
      assert.match(await hub.socket.serve(":0"), /^127\.0\.0\.1:/);
      assert.ok(!hub.logged(warning));
      await hub.socket.serve("0.0.0.0:0");
      assert.ok(hub.logged(warning));
    });
  });

  test("with TLS take plugins that have a certificate, and no others", async () => {
    await withHub(async (hub) => {
      const address = await hub.socket.serve("127.0.0.1:0", CERTIFICATE);
      hub.plug({}, { hub: address, secure: CERTIFICATE });
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      assert.equal(await hub.socket.call("sample", "echo", 1), 1);
      for (const options of [{ secure: { ca: CERTIFICATE.ca } }, {}]) {
        const { ended } = hub.plug({ name: "other" }, { hub: address, ...options });
        assert.equal((await ended as { code: string }).code, "SOCKET_FAILED");
      }
      assert.equal(hub.socket.connected().size, 1);
    });
  });
});
