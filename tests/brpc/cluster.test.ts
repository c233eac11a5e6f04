// Hubs that are joined through NATS: a plugin of one is a plugin of all.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { method } from "../../src/brpc/plugin/define.ts";
import { GibbonError } from "../../src/base/errors.ts";
import { NUMBERED_NAMES } from "../../src/brpc/hub/names.ts";
import { useWorkspace } from "../support/workspace.ts";
import { JoinedHub } from "./cluster_support.ts";
import { NO_NATS, startNats } from "./nats.ts";
import { ECHO, PATIENCE_MS, until } from "./support.ts";

const space = useWorkspace();
const skip = NO_NATS;

/** Two hubs that know one another. */
async function pair(
  ...[join, options, limits]: [
    Parameters<typeof JoinedHub.start>[2]?,
    Parameters<typeof JoinedHub.start>[3]?,
    Parameters<typeof JoinedHub.start>[4]?,
  ]
): Promise<[JoinedHub, JoinedHub]> {
  const { port } = await startNats(space);
  const one = await JoinedHub.start(space, port, { name: "one", ...join }, options, limits);
  const two = await JoinedHub.start(space, port, { name: "two", ...join }, options, limits);
  await until(() => one.socket.hubs.length === 1 && two.socket.hubs.length === 1);
  return [one, two];
}

const code = (code: string, message = /./) => (error: unknown) => {
  assert.ok(error instanceof GibbonError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
};

describe("a plugin of another hub", () => {
  test("is listed, waited for and described, with its hub", { skip }, async () => {
    const [one, two] = await pair();
    const waiting = one.socket.waitFor("sample", PATIENCE_MS);
    two.plug({});
    assert.equal(await waiting, true);
    assert.equal(await one.socket.waitFor("sample", 0), true);
    const listed = one.socket.connected().get("sample");
    assert.deepEqual(listed, { name: "sample", version: "v1", functions: {}, hub: two.id });
    assert.match(two.id, /^two-[0-9a-f]{6}$/);
    assert.deepEqual(one.socket.pluginInfo("sample"), two.socket.pluginInfo("sample"));
    assert.deepEqual(Object.keys(one.socket.pluginInfo("sample")?.functions ?? {}), ["echo"]);
    assert.deepEqual(two.socket.connected().get("sample")?.hub, two.id);
  });

  test("is known to a hub that joins later", { skip }, async () => {
    const { port } = await startNats(space);
    const one = await JoinedHub.start(space, port);
    for (let i = 0; i < 20; i++) one.plug({ name: `p${i}` });
    await until(() => one.names.length === 20);
    const two = await JoinedHub.start(space, port);
    await until(() => two.names.length === 20);
  });

  test("answers calls, also with what is longer than NATS takes at once", { skip }, async () => {
    const [one, two] = await pair();
    two.plug({});
    await one.socket.waitFor("sample", PATIENCE_MS);
    for (const value of [null, 0, "ä\n", { a: [1] }, "x".repeat(3_500_000)]) {
      assert.deepEqual(await one.socket.call("sample", "echo", value), value);
    }
    assert.equal(await one.socket.callJson("sample", "echo", "[ 1 ]"), "[1]");
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => one.socket.call("sample", "echo", i)),
    );
    assert.deepEqual(answers, answers.map((_, i) => i));
    assert.equal(one.socket.underWay, 0);
  });

  test("fails calls as one of this hub does", { skip }, async () => {
    const [one, two] = await pair({}, {}, { messageBytes: 100_000 });
    two.plug({
      methods: {
        fails: method({}, () => {
          throw new Error(`no luck${"!".repeat(5000)}`);
        }),
        hangs: method({}, () => new Promise(() => {})),
      },
    }, { limits: { graceMs: 50 } });
    await one.socket.waitFor("sample", PATIENCE_MS);
    const { socket } = one;
    await assert.rejects(socket.call("nobody", "echo"), code("PLUGIN_UNKNOWN"));
    await assert.rejects(socket.call("sample", "nothing"), code("CALL_FAILED", /method not found/));
    await assert.rejects(
      socket.call("sample", "Shutdown"),
      code("CALL_FAILED", /method not found/),
    );
    await assert.rejects(socket.call("sample", "fails"), code("CALL_FAILED", /no luck!{5000}$/));
    await assert.rejects(socket.call("sample", "hangs", 1, { timeoutMs: 50 }), code("DEADLINE"));
    await assert.rejects(socket.call("sample", "echo", "x".repeat(100_000)), code("LIMIT"));
    await assert.rejects(
      socket.call("sample", "echo", 1, { trace: "t".repeat(2000) }),
      code("LIMIT"),
    );
    await assert.rejects(
      socket.call("sample", "echo", 1, { timeoutMs: 0 }),
      code("OPTION_INVALID"),
    );
    await assert.rejects(
      socket.call("sample", "hangs", 1, { signal: AbortSignal.abort(new Error("gone away")) }),
      /gone away/,
    );
  });

  test("takes part in broadcasts", { skip }, async () => {
    const [one, two] = await pair();
    one.plug({ name: "a" });
    two.plug({ name: "b" });
    await until(() => one.names.length === 2);
    const results = await one.socket.broadcast("echo", 7);
    assert.deepEqual([...results].sort(), [
      ["a", { ok: true, value: 7 }],
      ["b", { ok: true, value: 7 }],
    ]);
  });

  test("is unplugged, and everybody hears of it", { skip }, async () => {
    const [one, two] = await pair();
    const heard: unknown[] = [];
    for (const { socket, id } of [one, two]) {
      socket.registerCallback((info, graceful) => heard.push([id, info.name, info.hub, graceful]));
    }
    const { ended } = two.plug({});
    await one.socket.waitFor("sample", PATIENCE_MS);
    await one.socket.unplug("sample");
    await ended;
    await until(() => heard.length === 2);
    assert.deepEqual(heard.sort(), [
      [one.id, "sample", two.id, true],
      [two.id, "sample", two.id, true],
    ]);
    assert.deepEqual([one.names, two.names], [[], []]);
    await assert.rejects(one.socket.unplug("sample"), code("PLUGIN_UNKNOWN"));
  });
});

describe("names of plugins on joined hubs", () => {
  test("are given once", { skip }, async () => {
    const [one, two] = await pair();
    one.plug({});
    await one.socket.waitFor("sample", PATIENCE_MS);
    const { ended } = two.plug({});
    assert.match(String(await ended), /plugin sample is connected already/);
  });

  test("are numbered over all hubs, whoever comes at the same time", { skip }, async () => {
    const { port } = await startNats(space);
    const options = { keySequencer: NUMBERED_NAMES };
    const start = () => JoinedHub.start(space, port, {}, options);
    const hubs = [await start(), await start(), await start()];
    await until(() => hubs.every(({ socket }) => socket.hubs.length === 2));
    for (let i = 0; i < 10; i++) for (const hub of hubs) hub.plug({});
    const expected = ["sample", ...Array.from({ length: 29 }, (_, i) => `sample-${i + 2}`)].sort();
    await until(() => hubs.every(({ names }) => names.length === 30));
    for (const hub of hubs) {
      assert.deepEqual(hub.names, expected);
      const own = [...hub.socket.connected().values()].filter(({ hub: id }) => id === hub.id);
      assert.equal(own.length, 10);
      assert.ok(!hub.logged("have one name"));
    }
  });

  test("are free again when a plugin has left", { skip }, async () => {
    const [one, two] = await pair();
    const { stop, ended } = one.plug({ name: "a.b *>" });
    await two.socket.waitFor("a.b *>", PATIENCE_MS);
    stop.abort();
    await ended;
    await until(() => two.names.length === 0);
    two.plug({ name: "a.b *>" });
    await one.socket.waitFor("a.b *>", PATIENCE_MS);
    assert.equal(await one.socket.call("a.b *>", "echo", 1), 1);
  });

  test(
    "that are double when hubs join are kept by the plugin that was first",
    { skip },
    async () => {
      const { port } = await startNats(space);
      const one = await JoinedHub.start(space, port);
      one.plug({});
      await one.socket.waitFor("sample", PATIENCE_MS);
      const two = new JoinedHub();
      space.later(() => two.end());
      two.address = await two.socket.serve("127.0.0.1:0");
      const { ended } = two.plug({});
      await two.socket.waitFor("sample", PATIENCE_MS);
      await two.socket.join({ servers: `nats://127.0.0.1:${port}` });
      await ended;
      await until(() => two.socket.connected().get("sample")?.hub === one.id);
      assert.ok(two.logged("have one name"));
      assert.equal(await two.socket.call("sample", "echo", 1), 1);
    },
  );
});

describe("async values of another hub's plugins", () => {
  const burst = (size = 10) => ({
    burst: method({}, (count: unknown, { async }) => {
      for (let i = 0; i < Number(count); i++) async([i, "x".repeat(size)]);
    }),
  });

  test("all arrive, in their order, while a reader reads", { skip }, async () => {
    const [one, two] = await pair();
    two.plug({ methods: burst(200) });
    await one.socket.waitFor("sample", PATIENCE_MS);
    const values = one.socket.async();
    await until(() => two.logged("reads async values"));
    const called = one.socket.call("sample", "burst", 10_000);
    for (let i = 0; i < 10_000; i++) {
      const { value } = await values.next();
      assert.equal((value.payload as [number])[0], i);
    }
    await called;
    await values.return?.();
    assert.ok(!two.logged("dropped") && !one.logged("lost"));
  });

  test("say that a plugin came and went", { skip }, async () => {
    const [one, two] = await pair();
    const values = one.socket.async();
    const { stop } = two.plug({});
    const next = async () => (await values.next()).value;
    assert.deepEqual(await next(), { name: "sample", payload: "v1 connected" });
    stop.abort();
    assert.deepEqual(await next(), { name: "sample", payload: "v1 disconnected" });
  });

  test("wait at their plugin while a reader at another hub takes none", { skip }, async () => {
    const limits = { asyncValues: 50, asyncMs: PATIENCE_MS };
    const [one, two] = await pair({ limits: { valuesUnderWay: 8 } }, {}, limits);
    two.plug({ methods: burst() });
    await one.socket.waitFor("sample", PATIENCE_MS);
    const values = one.socket.async();
    await until(() => two.logged("reads async values"));
    const called = one.socket.call("sample", "burst", 1000);
    // Nothing is dropped though there is room for far less than all.
    for (let i = 0; i < 1000; i++) {
      assert.equal(((await values.next()).value.payload as [number])[0], i);
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await called;
    assert.ok(!two.logged("dropped") && !one.logged("dropped"));
  });
});

describe("a hub that leaves", () => {
  test("takes its plugins with it", { skip }, async () => {
    const [one, two] = await pair();
    two.plug({});
    await one.socket.waitFor("sample", PATIENCE_MS);
    await two.socket.shutdown();
    await until(() => one.names.length === 0 && one.socket.hubs.length === 0);
    assert.ok(one.logged("another hub has left"));
    await assert.rejects(
      two.socket.join({ servers: "nats://127.0.0.1:1" }),
      code("OPTION_INVALID"),
    );
  });
});

describe("joining", () => {
  const refused = async (join: Parameters<JoinedHub["socket"]["join"]>[0], pattern: RegExp) => {
    const hub = new JoinedHub();
    await assert.rejects(hub.socket.join(join), (error: GibbonError) => {
      assert.match(`${error.code} ${error.message}`, pattern);
      assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /secret/);
      return true;
    });
    await hub.socket.shutdown();
  };

  test("says what is wrong, and never a password", { skip }, async () => {
    const limits = { connectMs: 2000 };
    await refused({ servers: "" }, /OPTION_INVALID .*none is named/);
    await refused({ servers: "http://u:secret@h" }, /OPTION_INVALID .*no URL/);
    await refused({ servers: "nats://secret%zz@h" }, /OPTION_INVALID .*%25/);
    await refused({ servers: "nats://h", password: "secret" }, /OPTION_INVALID .*no user/);
    await refused({ servers: "nats://h", prefix: "a..b" }, /OPTION_INVALID .*prefix/);
    await refused({ servers: "nats://h", prefix: "a.*" }, /OPTION_INVALID .*prefix/);
    await refused({ servers: "nats://h", name: "a b" }, /OPTION_INVALID .*name/);
    await refused(
      { servers: "nats://u:secret@127.0.0.1:1", limits },
      /SOCKET_FAILED .*127.0.0.1:1/,
    );
    const { port } = await startNats(space, "authorization { user: u, password: right }");
    await refused(
      { servers: `nats://u:secret@127.0.0.1:${port}`, limits },
      /SOCKET_FAILED .*uthoriz/,
    );
  });

  test("takes user and password, or a token", { skip }, async () => {
    const { port } = await startNats(space, "authorization { user: u, password: 'p@ss' }");
    const servers = `nats://u:p%40ss@127.0.0.1:${port}`;
    const one = await JoinedHub.start(space, port, { servers });
    const two = await JoinedHub.start(space, port, { user: "u", password: "p@ss" });
    await until(() => one.socket.hubs.length === 1 && two.socket.hubs.length === 1);
    await JoinedHub.start(space, port, { servers: `u@127.0.0.1:${port}`, password: "p@ss" });
    const { port: other } = await startNats(space, "authorization { token: abc }");
    await JoinedHub.start(space, other, { token: "abc" });
    await JoinedHub.start(space, other, { servers: `abc@127.0.0.1:${other}` });
  });

  test("keeps hubs of another prefix apart", { skip }, async () => {
    const { port } = await startNats(space);
    const one = await JoinedHub.start(space, port, { prefix: "a" });
    const two = await JoinedHub.start(space, port, { prefix: "b.c" });
    const three = await JoinedHub.start(space, port, { prefix: "b.c" });
    two.plug({});
    await three.socket.waitFor("sample", PATIENCE_MS);
    assert.deepEqual([one.names, one.socket.hubs], [[], []]);
  });

  test("is done once", { skip }, async () => {
    const { port } = await startNats(space);
    const one = await JoinedHub.start(space, port);
    const again = one.socket.join({ servers: `nats://127.0.0.1:${port}` });
    await assert.rejects(again, code("OPTION_INVALID", /joined/));
  });

  test("minds no nonsense on its subjects", { skip }, async () => {
    const { port } = await startNats(space);
    const one = await JoinedHub.start(space, port);
    const two = await JoinedHub.start(space, port);
    two.plug(ECHO_PLUGIN);
    await one.socket.waitFor("sample", PATIENCE_MS);
    const { connect } = await import("@nats-io/transport-node");
    const stranger = await connect({ servers: `127.0.0.1:${port}` });
    const subjects = ["all", `to.${two.id}`, `new.${two.id}`, `re.${one.id}.0`, "name.c2FtcGxl"];
    const texts = ["", "\n", "null\n", "{}\n", "[1]\nx", '{"kind":"beat","hub":"a b"}\n'];
    texts.push(JSON.stringify({ kind: "list", hub: "x", seq: 1, more: true }) + "\n");
    texts.push(JSON.stringify({ kind: "changes", hub: "x", after: 0, revision: 1 }) + "\n{");
    texts.push(JSON.stringify({ kind: "value", hub: "x", seq: 1, pump: 1, plugin: "y" }) + "\n{");
    for (const subject of subjects) {
      for (const text of texts) stranger.publish(`gibbon.hub.${subject}`, text);
      stranger.publish(`gibbon.hub.${subject}`, new Uint8Array(100_000));
    }
    await stranger.flush();
    await stranger.close();
    await until(() => two.logged("a message from NATS is left out"));
    assert.equal(await one.socket.call("sample", "echo", 1), 1);
  });
});

const ECHO_PLUGIN = { methods: ECHO };
