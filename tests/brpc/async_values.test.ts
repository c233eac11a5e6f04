// Async values under pressure: nothing is lost while a reader reads, and nothing piles up while none does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../src/base/log.ts";
import type { AsyncLimits } from "../../src/brpc/hub/async_log.ts";
import { type AsyncSender, AsyncValues } from "../../src/brpc/hub/async_values.ts";
import { method, type SendAsync } from "../../src/brpc/plugin/define.ts";
import { readPayload, writePayload } from "../../src/brpc/payload.ts";
import { PATIENCE_MS, until, withHub } from "./support.ts";

/** What a plugin sends in one call. */
const BURST = 10_000;

const burst = (size: number) =>
  method({}, (_, { async }) => {
    for (let i = 0; i < BURST; i++) assert.ok(async([i, "x".repeat(size)]));
    return "sent";
  });

describe("a burst of async values", () => {
  test("that one call sends reaches every reader, in its order, and the call is answered", async () => {
    await withHub(async (hub) => {
      const readers = Array.from({ length: 3 }, () => hub.socket.async());
      hub.plug({ methods: { burst: burst(1000) } });
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      const call = hub.socket.call("sample", "burst");
      await Promise.all(readers.map(async (reader) => {
        assert.equal((await reader.next()).value.payload, "v1 connected");
        for (let i = 0; i < BURST; i++) assert.equal((await reader.next()).value.payload[0], i);
      }));
      assert.equal(await call, "sent");
      assert.ok(!hub.logged("were dropped"));
    });
  });

  test("reaches a reader that takes one in each turn of the event loop, from many names", async () => {
    await withHub(async (hub) => {
      const reader = hub.socket.async();
      const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
      for (const name of names) hub.plug({ name, methods: { burst: burst(10) } });
      await until(() => hub.socket.connected().size === names.length);
      const calls = names.slice(0, 3).map((name) => hub.socket.call(name, "burst"));
      const seen = new Map<string, number>();
      for (let i = 0; i < 3 * BURST + names.length; i++) {
        const { name, payload } = (await reader.next()).value;
        if (!Array.isArray(payload)) continue;
        assert.equal(payload[0], seen.get(name) ?? 0);
        seen.set(name, (seen.get(name) ?? 0) + 1);
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual([...seen.values()], [BURST, BURST, BURST]);
      await Promise.all(calls);
    }, { asyncValues: 100 });
  });

  test("that is followed by the plugin's end arrives before the word of it", async () => {
    await withHub(async (hub) => {
      const reader = hub.socket.async();
      const plugged = hub.plug({ methods: { burst: burst(10) } });
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      const call = hub.socket.call("sample", "burst");
      await reader.next();
      assert.equal((await reader.next()).value.payload[0], 0);
      plugged.stop.abort();
      for (let i = 1; i < BURST; i++) assert.equal((await reader.next()).value.payload[0], i);
      assert.equal((await reader.next()).value.payload, "v1 disconnected");
      assert.equal(await call, "sent");
    }, { asyncValues: 64 });
  });

  test("that is longer than what may wait at the plugin goes as the hub reads", async () => {
    await withHub(async (hub) => {
      const reader = hub.socket.async();
      const sent = { refused: 0 };
      const send = async (async: SendAsync) => {
        for (let i = 0; i < 200; i++) {
          while (!async([i, "x".repeat(50_000)]) && await async.drained()) sent.refused++;
        }
      };
      const methods = { burst: method({}, (_, { async }) => send(async)) };
      hub.plug({ methods }, { limits: { unsentBytes: 100_000 } });
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      const call = hub.socket.call("sample", "burst");
      await reader.next();
      for (let i = 0; i < 200; i++) assert.equal((await reader.next()).value.payload[0], i);
      await call;
      assert.ok(sent.refused > 0);
    });
  });
});

describe("a reader that takes nothing", () => {
  test("keeps others waiting for so long and no longer; then its oldest go, and are counted", async () => {
    await withHub(async (hub) => {
      const stuck = hub.socket.async();
      const seen: unknown[] = [];
      const stop = new AbortController();
      const reading = (async () => {
        for await (const { payload } of hub.socket.async(stop.signal)) seen.push(payload);
      })();
      hub.plug({
        methods: { burst: burst(10), say: method({}, (value, ctx) => ctx.async(value)) },
      });
      assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
      assert.equal(await hub.socket.call("sample", "burst"), "sent");
      assert.equal(await hub.socket.call("sample", "say", "last"), true);
      await until(() => seen.length === BURST + 2);
      stop.abort();
      await reading;
      await until(() => hub.logged("async values were dropped"));
      let last: unknown;
      let kept = 0;
      while (last !== "last") {
        last = (await stuck.next()).value.payload;
        kept++;
      }
      assert.ok(kept <= 10, `${kept}`);
    }, { asyncValues: 10, asyncMs: 20 });
  });

  test("holds memory within the bound, whatever names the values have", async () => {
    await withHub(async (hub) => {
      const stuck = hub.socket.async();
      const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
      for (const name of names) {
        hub.plug({
          name,
          methods: {
            flood: method({}, (_, { async }) => {
              for (let i = 0; i < 40; i++) async("x".repeat(50_000));
            }),
          },
        });
      }
      await until(() => hub.socket.connected().size === names.length);
      await Promise.all(names.map((name) => hub.socket.call(name, "flood")));
      await hub.socket.shutdown();
      let bytes = 0;
      for await (const { payload } of stuck) bytes += String(payload).length;
      assert.ok(bytes <= 1_100_000, `${bytes} bytes were kept`);
      assert.ok(hub.logged("async values were dropped"));
    }, { asyncBytes: 500_000, asyncMs: 20 });
  });
});

describe("values for readers", () => {
  const LIMITS: AsyncLimits = { asyncValues: 4, asyncBytes: 1000, asyncMs: 60_000, plugins: 2 };
  /** Values with senders that say what was done to them. */
  const start = (limits: Partial<AsyncLimits> = {}) => {
    const entries: string[] = [];
    const values = new AsyncValues(
      { ...LIMITS, ...limits },
      createLogger((line) => entries.push(line)),
    );
    const said: string[] = [];
    const sender = (name: string): AsyncSender => ({
      pause: () => said.push(`${name} waits`),
      resume: () => said.push(`${name} goes on`),
    });
    const put = (name: string, value: unknown) =>
      values.put(name, writePayload(value), sender(name));
    return { values, said, put, entries };
  };

  test("keep nobody waiting where nobody reads", () => {
    const { values, said, put } = start();
    for (let i = 0; i < 100; i++) put("a", i);
    assert.deepEqual(said, []);
    values.end();
  });

  test("make senders wait until half of them is taken, by the slowest reader", async () => {
    const { values, said, put } = start();
    const [slow, fast] = [values.read(readPayload), values.read(readPayload)];
    for (let i = 0; i < 4; i++) put("a", i);
    put("b", 4);
    assert.deepEqual(said, ["a waits", "b waits"]);
    for (let i = 0; i < 5; i++) assert.equal((await fast.next()).value.payload, i);
    assert.equal(said.length, 2);
    for (let i = 0; i < 4; i++) assert.equal((await slow.next()).value.payload, i);
    assert.deepEqual(said.slice(2), ["a goes on", "b goes on"]);
    values.end();
  });

  test("let senders go on when the reader that they waited for leaves", async () => {
    const { values, said, put } = start();
    const reader = values.read(readPayload);
    put("a", "x".repeat(2000));
    assert.deepEqual(said, ["a waits"]);
    await reader.return?.();
    assert.deepEqual(said, ["a waits", "a goes on"]);
    assert.equal((await reader.next()).done, true);
    values.end();
  });

  test("drop the hub's own words too where they would be without end", async () => {
    const { values, entries } = start();
    const reader = values.read(readPayload);
    for (let i = 0; i < 1000; i++) values.note("a", `${i}`);
    values.end();
    assert.match(entries.join(), /were dropped: .* plugin=a count=994/);
    assert.equal((await reader.next()).value.payload, "994");
  });

  test("reach several takers of one reader, each once", async () => {
    const { values, put } = start();
    const reader = values.read(readPayload);
    const taken = Promise.all([reader.next(), reader.next(), reader.next()]);
    for (let i = 0; i < 3; i++) put("a", i);
    const seen = (await taken).map(({ value }) => value.payload);
    assert.deepEqual(seen.sort(), [0, 1, 2]);
    values.end();
  });
});
