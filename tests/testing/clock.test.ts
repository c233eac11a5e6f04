// The clock of a test's gateway: runs by itself, and can be put forward.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { definePlugin } from "gibbon";
import { testPlugin } from "gibbon/testing";
import { until } from "../support/until.ts";

const MINUTE = 60_000;

/** Waits `ms` in access, by the function that the test names. */
const waiting = (wait: (ms: number) => Promise<void>, ms: number, deadline = 120_000) =>
  definePlugin({
    deadline,
    async access(kong) {
      await wait(ms);
      kong.response.exit(200, "waited");
    },
  });
const byTimeout = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

describe("The clock", () => {
  test("begins at the time that a test says, and goes on", async () => {
    const plugin = definePlugin({
      access(kong) {
        kong.response.exit(200, [Date.now(), new Date().getTime(), Date()]);
      },
    });
    const now = Date.UTC(2001, 1, 3);
    await using gateway = await testPlugin(plugin, { now });
    await gateway.advance(5 * MINUTE);
    const { response } = await gateway.request();
    const [first, second, text] = response.json() as [number, number, string];
    assert.ok(first >= now + 5 * MINUTE && first < now + 6 * MINUTE, String(first));
    assert.ok(second >= first && second < now + 6 * MINUTE);
    assert.match(text, /2001/);
    assert.equal(gateway.now.getUTCFullYear(), 2001);
    assert.ok(new Date().getUTCFullYear() > 2020, "the test has its own time");
  });

  test("lets short times pass by themselves", async () => {
    await using gateway = await testPlugin(waiting(byTimeout, 5));
    assert.equal((await gateway.request()).response.text, "waited");
  });

  test("has repeating timers go off by themselves, and others put off", async () => {
    const seen = { ticks: 0, isLate: false };
    const plugin = definePlugin({
      init() {
        const interval = setInterval(() => seen.ticks++, 2);
        const late = setTimeout(() => seen.isLate = true, 50_000);
        return { interval, late };
      },
      close({ interval, late }) {
        clearInterval(interval);
        clearTimeout(late);
      },
      access: (_kong, _config, { late }) => {
        (late as { refresh?(): unknown }).refresh?.();
      },
    });
    await using gateway = await testPlugin(plugin);
    await until(() => seen.ticks >= 3);
    const { ticks } = seen;
    await until(() => seen.ticks >= ticks + 3);
    await gateway.advance(40_000);
    await gateway.request();
    await gateway.advance(40_000);
    assert.equal(seen.isLate, false);
    await gateway.advance(20_000);
    assert.equal(seen.isLate, true);
  });

  test("lets a handler go on that waits for long", async () => {
    await using gateway = await testPlugin(waiting(byTimeout, 40_000));
    const pending = gateway.request();
    await gateway.advance(40_000);
    assert.equal((await pending).response.text, "waited");
  });

  test("has what promisify makes of setTimeout", async () => {
    await using gateway = await testPlugin(waiting((ms) => promisify(setTimeout)(ms), 40_000));
    const pending = gateway.request();
    await gateway.advance(40_000);
    assert.equal((await pending).response.text, "waited");
  });

  test("has what was imported of node:timers, on Node alone", async () => {
    const isNode = !("Deno" in globalThis) && !("Bun" in globalThis);
    const byName = (ms: number) => new Promise<void>((resolve) => void wait(resolve, ms));
    for (const how of [byName, (ms: number) => sleep(ms)]) {
      await using gateway = await testPlugin(waiting(how, isNode ? 40_000 : 5));
      const pending = gateway.request();
      await gateway.advance(40_000);
      assert.equal((await pending).response.text, "waited");
    }
  });

  test("lets a wait be given up", async () => {
    const giveUp = async (ms: number) => {
      const stop = new AbortController();
      const waited = promisify(setTimeout)(ms, undefined, { signal: stop.signal });
      stop.abort();
      await assert.rejects(waited, { name: "AbortError", code: "ABORT_ERR" });
    };
    await using gateway = await testPlugin(waiting(giveUp, 40_000));
    assert.equal((await gateway.request()).response.text, "waited");
  });

  test("has Kong give up after a minute, whatever the plugin's own deadline", async () => {
    await using gateway = await testPlugin(waiting(byTimeout, 90_000));
    const pending = gateway.request();
    await gateway.advance(90_000);
    const { response, failure } = await pending;
    assert.equal(response.status, 500);
    assert.match(failure?.message ?? "", /timeout/);
  });

  test("ends events whose deadline is over", async () => {
    await using gateway = await testPlugin(waiting(byTimeout, MINUTE, 2000));
    const pending = gateway.request();
    await gateway.advance(3000);
    const { response, failure } = await pending;
    assert.equal(response.status, 500);
    assert.equal(failure?.code, "DEADLINE");
  });

  test("has timers of instances go off, in their order, each at its time", async () => {
    const seen: [string, number][] = [];
    const plugin = definePlugin({
      init() {
        const begun = Date.now();
        const note = (what: string) => seen.push([what, Math.round((Date.now() - begun) / 1000)]);
        const interval = setInterval(() => note("interval"), 20_000);
        const cleared = setTimeout(() => note("cleared"), 30_000);
        setTimeout(() => {
          note("timeout");
          setTimeout(() => note("inner"), 1000);
          clearTimeout(cleared);
        }, 25_000);
        return { interval };
      },
      close({ interval }) {
        clearInterval(interval);
      },
      access() {},
    });
    await using gateway = await testPlugin(plugin);
    await gateway.advance(MINUTE);
    assert.deepEqual(seen, [
      ["interval", 20],
      ["timeout", 25],
      ["inner", 26],
      ["interval", 40],
      ["interval", 60],
    ]);
  });

  test("stands still for nobody once the gateway is closed", async () => {
    let ticks = 0;
    const plugin = definePlugin({
      init() {
        setInterval(() => ticks++, 1000);
      },
      access() {},
    });
    const gateway = await testPlugin(plugin);
    await gateway.advance(3500);
    await gateway.close();
    assert.equal(ticks, 3);
    await gateway.advance(10_000);
    assert.equal(ticks, 3);
  });

  test("is each gateway's own", async () => {
    const plugin = definePlugin({ access: (kong) => kong.response.exit(200, [Date.now()]) });
    await using ahead = await testPlugin(plugin);
    await using other = await testPlugin(plugin);
    await ahead.advance(60 * MINUTE);
    const timeOf = async (gateway: typeof ahead) =>
      ((await gateway.request()).response.json() as number[])[0]!;
    const [first, second] = await Promise.all([timeOf(ahead), timeOf(other)]);
    assert.ok(first - second > 59 * MINUTE);
  });

  test("cannot go back, nor for ever", async () => {
    const plugin = definePlugin({
      init: () => void setInterval(() => {}, 1),
      access() {},
    });
    await using gateway = await testPlugin(plugin);
    await assert.rejects(gateway.advance(-1), { code: "OPTION_INVALID" });
    await assert.rejects(gateway.advance(NaN), { code: "OPTION_INVALID" });
    await assert.rejects(gateway.advance(1e9), { code: "LIMIT" });
  });

  test("can be asked for by number, as in a browser", async () => {
    let calls = 0;
    const plugin = definePlugin({
      init() {
        const timer = Number(setTimeout(() => calls++, 1000));
        clearTimeout(timer);
        const other = setTimeout(() => calls++, 1000);
        assert.equal(other.unref?.().hasRef?.(), false);
        const byText = String(Number(setTimeout(() => calls++, 1000)));
        clearTimeout(byText as never);
      },
      access() {},
    });
    await using gateway = await testPlugin(plugin);
    await gateway.advance(5000);
    assert.equal(calls, 1);
  });
});
