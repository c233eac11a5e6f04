// Hubs and plugins over streams of somebody else's making, and a hub that stops on signals.
import assert from "node:assert/strict";
import process from "node:process";
import { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { defineHubPlugin, method } from "../../src/brpc/plugin/define.ts";
import { runHubPlugin } from "../../src/brpc/plugin/run.ts";
import { ECHO, HubRun, PATIENCE_MS, runtime, until, withHub } from "./support.ts";

/** One end of a pipe in memory. */
class End extends Duplex {
  other: End | undefined;
  #taken: (() => void) | undefined;

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _write(chunk: Uint8Array, _: string, done: () => void): void {
    this.other?.give(chunk, done);
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.other?.push(null);
    done(error);
  }

  /** A writer has to wait until what it wrote is read. */
  give(chunk: Uint8Array, done: () => void): void {
    if (this.push(chunk)) done();
    else this.#taken = done;
  }
}

function pipe(): [End, End] {
  const [one, two] = [new End(), new End()];
  one.other = two;
  two.other = one;
  return [one, two];
}

describe("a plugin over a stream", () => {
  const plugin = defineHubPlugin({
    name: "sample",
    version: "v1",
    methods: {
      ...ECHO,
      burst: method({}, (_, { async }) => {
        for (let i = 0; i < 2000; i++) async([i, "x".repeat(100)]);
      }),
    },
  });

  test("is called, sends all its values, and ends with its hub", async () => {
    await withHub(async ({ socket }) => {
      const [near, far] = pipe();
      const reader = socket.async();
      socket.accept(near);
      const running = runHubPlugin(plugin, { hub: far, runtime });
      assert.ok(await socket.waitFor("sample", PATIENCE_MS));
      const long = "x".repeat(1_000_000);
      assert.equal(await socket.call("sample", "echo", long), long);
      const call = socket.call("sample", "burst");
      await reader.next();
      for (let i = 0; i < 2000; i++) assert.equal((await reader.next()).value.payload[0], i);
      await call;
      await socket.shutdown();
      await running;
      await until(() => near.destroyed && far.destroyed);
    }, { asyncValues: 100 });
  });

  test("is gone when the stream is, and cannot connect again", async () => {
    await withHub(async ({ socket }) => {
      const [near, far] = pipe();
      socket.accept(near);
      const running = runHubPlugin(plugin, { hub: far, runtime });
      assert.ok(await socket.waitFor("sample", PATIENCE_MS));
      far.destroy(new Error("cut on purpose"));
      await assert.rejects(running, { code: "SOCKET_FAILED" });
      await until(() => socket.connected().size === 0);
      const [, other] = pipe();
      await assert.rejects(runHubPlugin(plugin, { hub: other, runtime, reconnect: true }), {
        code: "OPTION_INVALID",
      });
    });
  });

  test("is not taken in after shutdown", async () => {
    const hub = new HubRun();
    await hub.socket.shutdown();
    const [near] = pipe();
    hub.socket.accept(near);
    await until(() => near.destroyed);
  });
});

describe("a hub that stops on signals", () => {
  test("shuts down on SIGTERM, and leaves no listener behind", async () => {
    const before = process.listenerCount("SIGTERM");
    const hub = new HubRun({ stopOnSignals: true });
    hub.address = await hub.socket.serve("127.0.0.1:0");
    const { ended } = hub.plug({});
    assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS));
    process.kill(process.pid, "SIGTERM");
    assert.equal(await ended, undefined);
    await hub.socket.shutdown();
    assert.equal(process.listenerCount("SIGTERM"), before);
    await hub.end();
  });
});
