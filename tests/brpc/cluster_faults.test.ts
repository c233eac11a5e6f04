// Joined hubs when NATS, a hub or the way between servers fails: what callers get; nothing hangs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { method } from "../../src/brpc/plugin/define.ts";
import { useWorkspace } from "../support/workspace.ts";
import { JoinedHub } from "./cluster_support.ts";
import { NO_NATS, startNats, Way } from "./nats.ts";
import { ECHO, PATIENCE_MS, until } from "./support.ts";

const space = useWorkspace();
const skip = NO_NATS;

/** Answers, and one that never does. */
const METHODS = { ...ECHO, hangs: method({}, () => new Promise(() => {})) };

/** For plugins with a call that hangs: whoever stops them is not to wait. */
const IMPATIENT = { limits: { graceMs: 50 } };

const isGone = (error: unknown) => {
  assert.ok(error instanceof GibbonError, String(error));
  assert.equal(error.code, "CALL_FAILED", error.message);
  return true;
};

/** Two hubs, each with a way of its own to one server, and a plugin at the second. */
async function overWays() {
  const server = await startNats(space);
  const ways = [await Way.to(space, server.port), await Way.to(space, server.port)] as const;
  const one = await JoinedHub.start(space, ways[0].port, { name: "one" });
  const two = await JoinedHub.start(space, ways[1].port, { name: "two" });
  two.plug({ methods: METHODS }, IMPATIENT);
  await one.socket.waitFor("sample", PATIENCE_MS);
  return { server, ways, one, two };
}

/** Whether calls of a plugin are answered now. */
async function answers({ socket }: JoinedHub, plugin = "sample"): Promise<boolean> {
  return await socket.call(plugin, "echo", 1).then((value) => value === 1, () => false);
}

describe("a nats-server that is killed", () => {
  test("fails calls at once, and after it is back they are answered", { skip }, async () => {
    const { server, ways, one, two } = await overWays();
    const results = { answered: 0, failed: 0 };
    let isOver = false;
    const lane = async () => {
      while (!isOver) {
        try {
          await one.socket.call("sample", "echo", 1);
          results.answered++;
        } catch (error) {
          if (!(error instanceof GibbonError && error.code === "PLUGIN_UNKNOWN")) isGone(error);
          results.failed++;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    };
    const lanes = Promise.all(Array.from({ length: 8 }, lane));
    await until(() => results.answered > 100);
    const hanging = one.socket.call("sample", "hangs", 1, { timeoutMs: Infinity });
    const failure = assert.rejects(hanging, isGone);
    for (const way of ways) way.cut();
    await server.started.kill();
    await failure;
    await until(() => results.failed > 100);
    await assert.rejects(one.socket.unplug("sample"), GibbonError);

    const next = await startNats(space);
    for (const way of ways) way.lead(next.port);
    const before = results.answered;
    await until(() => results.answered > before + 100);
    isOver = true;
    await lanes;
    assert.ok(one.logged("the connection to NATS is lost") && one.logged("NATS is back"));
    assert.equal(one.socket.underWay, 0);
    assert.equal(await answers(one), true);
    assert.deepEqual(two.names, ["sample"]);
  });

  test(
    "lets a hub go on by itself, and names that came to be double are settled",
    { skip },
    async () => {
      const { server, ways, one, two } = await overWays();
      for (const way of ways) way.cut();
      await server.started.kill();
      await until(() => one.logged("is lost") && two.logged("is lost"));
      await until(() => one.names.length === 0);
      const { ended } = one.plug({});
      await one.socket.waitFor("sample", PATIENCE_MS);
      assert.ok(one.logged("other hubs could not be asked for a name"));
      assert.deepEqual([await answers(one), await answers(two)], [true, true]);

      const next = await startNats(space);
      for (const way of ways) way.lead(next.port);
      await ended;
      await until(() => one.socket.connected().get("sample")?.hub === two.id);
      assert.ok(one.logged("have one name"));
      assert.equal(await answers(one), true);
    },
  );

  test("loses values on their way, and says so; later ones arrive", { skip }, async () => {
    const { server, ways, one, two } = await overWays();
    const burst = method({}, (count: unknown, { async }) => {
      for (let i = 0; i < Number(count); i++) async(i);
    });
    two.plug({ name: "values", methods: { burst } });
    await one.socket.waitFor("values", PATIENCE_MS);
    const values = one.socket.async();
    await until(() => two.logged("reads async values"));
    const next = async () => {
      for (;;) {
        const { value } = await values.next();
        if (value.name === "values" && typeof value.payload === "number") return value.payload;
      }
    };
    await two.socket.call("values", "burst", 3);
    assert.deepEqual([await next(), await next(), await next()], [0, 1, 2]);
    for (const way of ways) way.cut();
    await server.started.kill();
    await until(() => one.logged("is lost") && two.logged("is lost"));
    const again = await startNats(space);
    for (const way of ways) way.lead(again.port);
    const readings = () =>
      two.entries.filter((entry) => entry.includes("reads async values")).length;
    await until(() => readings() > 1);
    await two.socket.call("values", "burst", 2);
    assert.deepEqual([await next(), await next()], [0, 1]);
    await values.return?.();
  });
});

describe("a hub that is cut off", () => {
  test("fails calls, and its plugins are gone when nothing is heard of it", { skip }, async () => {
    const { ways, one } = await overWays();
    const hanging = assert.rejects(
      one.socket.call("sample", "hangs", 1, { timeoutMs: Infinity }),
      isGone,
    );
    ways[1].cut();
    await hanging;
    await until(() => one.names.length === 0);
    assert.ok(
      one.logged("another hub is gone") && one.logged("nothing was heard of it for 3000 ms"),
    );
  });

  test("without a word fails calls as well", { skip }, async () => {
    const { ways, one } = await overWays();
    const heard: unknown[] = [];
    one.socket.registerCallback(({ name }, graceful) => heard.push([name, graceful]));
    const deadline = assert.rejects(
      one.socket.call("sample", "hangs", 1, { timeoutMs: 100 }),
      { code: "DEADLINE" },
    );
    const hanging = assert.rejects(one.socket.call("sample", "hangs"), isGone);
    ways[1].silence();
    await deadline;
    await hanging;
    await until(() => one.names.length === 0);
    assert.deepEqual(heard, [["sample", false]]);
  });
});

describe("two servers that lose each other", () => {
  const cluster = (routes = "") =>
    `cluster { name: c, listen: "127.0.0.1:-1", no_advertise: true, ${routes} }`;

  test("part the hubs, and no name stays double afterwards", { skip }, async () => {
    const first = await startNats(space, cluster());
    const way = await Way.to(space, first.routePort);
    const routes = `routes: ["nats://127.0.0.1:${way.port}"]`;
    const second = await startNats(space, cluster(routes));
    const one = await JoinedHub.start(space, first.port, { name: "one" });
    const two = await JoinedHub.start(space, second.port, { name: "two" });
    one.plug({ name: "a", methods: METHODS }, IMPATIENT);
    two.plug({ name: "b", methods: METHODS }, IMPATIENT);
    await until(() => one.names.length === 2 && two.names.length === 2);
    assert.deepEqual([await answers(one, "b"), await answers(two, "a")], [true, true]);

    const hanging = [one.socket.call("b", "hangs"), two.socket.call("a", "hangs")];
    const failures = hanging.map((call) => assert.rejects(call, isGone));
    way.cut();
    await Promise.all(failures);
    await until(() => one.names.join() === "a" && two.names.join() === "b");
    await assert.rejects(one.socket.call("b", "echo"), { code: "PLUGIN_UNKNOWN" });
    // Nobody can know that the others have it.
    one.plug({ name: "c" });
    await one.socket.waitFor("c", PATIENCE_MS);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const { ended } = two.plug({ name: "c" });
    await two.socket.waitFor("c", PATIENCE_MS);

    way.lead(first.routePort);
    await ended;
    await until(() => one.names.join() === "a,b,c" && two.names.join() === "a,b,c");
    assert.equal(two.socket.connected().get("c")?.hub, one.id);
    assert.ok(two.logged("plugins of two hubs have one name"));
    for (const hub of [one, two]) {
      for (const name of hub.names) assert.equal(await answers(hub, name), true, name);
    }
  });
});
