// What the hub does with bytes that make no sense, with silence, with floods: the others go on.
// Slow: 10,000 connections to one hub, and each kind of harm beside a plugin that works.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { method } from "../../src/brpc/plugin/define.ts";
import { envelope, EnvelopeType, HandshakeType } from "../../src/brpc/messages.ts";
import { GobEncoder } from "../../src/wire/gob/mod.ts";
import { concat, seededRandom } from "../support/pieces.ts";
import { array, message } from "../wire/gob/hostile.ts";
import { scriptCommand, startProcess } from "../support/process.ts";
import { type HubRun, PATIENCE_MS, until, withHub } from "./support.ts";

/** First messages that are none, and what the log says of each. */
const HOSTILE: Readonly<Record<string, readonly [bytes: Uint8Array, reason: RegExp]>> = {
  "an HTTP request": [Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), /who it is within/],
  "a length of 2^40": [Uint8Array.of(0xfa, 1, 0, 0, 0, 0, 0), /1099511627776 bytes/],
  "a type that is an array of itself": [
    concat(array(65, 65, 1000), message((sink) => void (sink.int(65), sink.uint(1000)))),
    /type 65 is an array of itself/,
  ],
  "a type that nobody defined": [Uint8Array.of(4, 0xff, 0xfe, 0, 1), /type 127 is not defined/],
  "a string instead of a handshake": [
    new GobEncoder().encode({ kind: "string" }, "hello"),
    /is string, not a struct/,
  ],
  "an envelope instead of a handshake": [
    new GobEncoder().encode(
      EnvelopeType,
      envelope({ Method: "Async", Payload: Buffer.from("1") }),
    ),
    /a plugin needs a name/,
  ],
};

const CROWD = scriptCommand(fileURLToPath(new URL("crowd.ts", import.meta.url)));

/** Runs `harm` beside a plugin that works before, during and after it. */
async function besidePlugin(hub: HubRun, harm: () => Promise<void>): Promise<void> {
  hub.plug({ name: "good" });
  assert.ok(await hub.socket.waitFor("good", PATIENCE_MS));
  let isOver = false;
  const working = (async () => {
    let calls = 0;
    while (!isOver || calls < 10) {
      assert.equal(await hub.socket.call("good", "echo", calls), calls++);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  await Promise.all([harm().finally(() => isOver = true), working]);
  assert.equal(await hub.socket.call("good", "echo", "after"), "after");
}

describe("a connection to the hub", () => {
  for (const [what, [bytes, reason]] of Object.entries(HOSTILE)) {
    test(`that sends ${what} is closed, with a line in the log`, async () => {
      await withHub(async (hub) => {
        await besidePlugin(hub, async () => {
          const bad = await hub.connect();
          bad.connection?.write(bytes);
          await until(() => bad.ends === 1 || bad.closes === 1);
          await until(() => hub.entries.some((entry) => entry.startsWith("[warn]")));
          assert.match(hub.entries.join("\n"), reason);
          assert.equal(hub.socket.connected().size, 1);
        });
      }, { handshakeMs: 300 });
    });
  }

  test("that sends garbage is closed, whatever the garbage", async () => {
    await withHub(async (hub) => {
      await besidePlugin(hub, async () => {
        const random = seededRandom(5);
        for (let i = 0; i < 200; i++) {
          const bad = await hub.connect();
          bad.connection?.write(Uint8Array.from({ length: 300 }, () => random() * 256));
          bad.connection?.end();
          await until(() => bad.ends === 1 || bad.closes === 1);
        }
        assert.equal(hub.socket.connected().size, 1);
      });
    });
  });

  test("that says nothing is closed after a while, and so is one that sends it bit by bit", async () => {
    await withHub(async (hub) => {
      await besidePlugin(hub, async () => {
        const bad = [await hub.connect(), await hub.connect()];
        const drip = setInterval(() => bad[1]?.connection?.write(Uint8Array.of(0x7f)), 10);
        await until(() => bad.every(({ ends, closes }) => ends + closes > 0));
        clearInterval(drip);
        assert.ok(hub.logged("it did not say who it is within 100 ms"));
      });
    }, { handshakeMs: 100 });
  });

  test("that begins a handshake without end is closed at the limit", async () => {
    await withHub(async (hub) => {
      const bad = await hub.connect();
      const name = "x".repeat(200_000);
      const info = { Name: name, Version: "", Functions: new Map() };
      bad.connection?.write(new GobEncoder().encode(HandshakeType, info));
      await until(() => bad.ends + bad.closes > 0);
      assert.ok(hub.logged("a handshake of more than 100000 bytes"));
    }, { handshakeBytes: 100_000 });
  });

  test("without a name, or with one of 201 characters, is refused", async () => {
    await withHub(async (hub) => {
      for (const Name of ["", "x".repeat(201)]) {
        const bad = await hub.connect();
        const info = { Name, Version: "v1", Functions: new Map() };
        bad.connection?.write(new GobEncoder().encode(HandshakeType, info));
        await until(() => bad.ends === 1);
        assert.match(bad.text, /a plugin needs a name of 1 to 200 characters/);
      }
      assert.equal(hub.socket.connected().size, 0);
    });
  });
});

describe("many connections", () => {
  test("that say nothing, 10,000 of them, keep no plugin out", async () => {
    await withHub(async (hub) => {
      await besidePlugin(hub, async () => {
        const before = process.memoryUsage().rss;
        const port = hub.address.slice(hub.address.lastIndexOf(":") + 1);
        const crowd = startProcess([...CROWD, port, "10000"], { input: "open" });
        hub.later(() => crowd.kill());
        await crowd.printing(/^connected \d{3}/, 3 * PATIENCE_MS);
        hub.plug({ name: "late" });
        assert.ok(await hub.socket.waitFor("late", PATIENCE_MS));
        assert.equal(await hub.socket.call("late", "echo", 1), 1);
        assert.ok(hub.logged("more than 64 connections did not say who they are"));
        assert.ok(process.memoryUsage().rss - before < 200e6);
      });
    }, { strangers: 64, handshakeMs: 60_000 });
  });

  test("of plugins are refused past the limit", async () => {
    await withHub(async (hub) => {
      hub.plug({ name: "first" });
      assert.ok(await hub.socket.waitFor("first", PATIENCE_MS));
      assert.match(String(await hub.plug({}).ended), /there are 1 plugins already/);
    }, { plugins: 1 });
  });
});

describe("a plugin", () => {
  test("that floods async values neither fills the memory nor stops the others", async () => {
    await withHub(async (hub) => {
      const reader = hub.socket.async();
      await besidePlugin(hub, async () => {
        const value = "x".repeat(100_000);
        let sent = 0;
        hub.plug({
          name: "flood",
          methods: {
            pour: method({}, async (_, ctx) => {
              for (let i = 0; i < 3000; i++) {
                if (ctx.async(value)) sent++;
                if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
              }
              return sent;
            }),
          },
        });
        assert.ok(await hub.socket.waitFor("flood", PATIENCE_MS));
        const before = process.memoryUsage().rss;
        assert.ok(await hub.socket.call("flood", "pour") as number > 100);
        assert.ok(process.memoryUsage().rss - before < 250e6);
        await until(() => hub.logged("async values were dropped"));
      });
      await reader.return?.();
    });
  });

  test("that reads nothing has its calls refused, and holds nobody up", async () => {
    await withHub(async (hub) => {
      await besidePlugin(hub, async () => {
        const { createConnection } = await import("node:net");
        const [host, port] = hub.address.split(":");
        const deaf = createConnection({ host: host!, port: Number(port) });
        deaf.on("error", () => {});
        hub.later(() => deaf.destroy());
        deaf.pause();
        const info = { Name: "deaf", Version: "v1", Functions: new Map() };
        deaf.write(new GobEncoder().encode(HandshakeType, info));
        assert.ok(await hub.socket.waitFor("deaf", PATIENCE_MS));
        const calls: Promise<unknown>[] = [];
        let refused = 0;
        const payload = "x".repeat(1e6);
        while (refused === 0) {
          const call = hub.socket.call("deaf", "echo", payload).catch(({ code }) => {
            if (code === "LIMIT") refused++;
          });
          calls.push(call);
          assert.ok(calls.length < 100);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        deaf.destroy();
        await Promise.all(calls);
      });
    }, { unsentBytes: 4e6 });
  });

  test("that answers what is no envelope is cut off, and its calls fail", async () => {
    await withHub(async (hub) => {
      await besidePlugin(hub, async () => {
        const bad = await hub.connect();
        const encoder = new GobEncoder();
        const info = { Name: "bad", Version: "v1", Functions: new Map() };
        bad.connection?.write(encoder.encode(HandshakeType, info));
        assert.ok(await hub.socket.waitFor("bad", PATIENCE_MS));
        const call = hub.socket.call("bad", "echo");
        bad.connection?.write(encoder.encode({ kind: "string" }, "no envelope"));
        await assert.rejects(call, { code: "CALL_FAILED", message: /^bad is gone: gob: / });
        assert.ok(hub.logged("a plugin is gone without being asked to leave plugin=bad"));
      });
    });
  });

  test("that answers with what is no JSON, or to calls that nobody made, is lived with", async () => {
    await withHub(async (hub) => {
      const odd = await hub.connect();
      const encoder = new GobEncoder();
      const say = (Seq: number, text: string) =>
        odd.connection?.write(
          encoder.encode(EnvelopeType, envelope({ Seq, Payload: Buffer.from(text) })),
        );
      const info = { Name: "odd", Version: "v1", Functions: new Map() };
      odd.connection?.write(encoder.encode(HandshakeType, info));
      assert.ok(await hub.socket.waitFor("odd", PATIENCE_MS));
      say(99, "1");
      const call = hub.socket.call("odd", "echo");
      say(0, "{");
      await assert.rejects(call, {
        code: "CALL_FAILED",
        message: "odd answered with what is no JSON",
      });
      const other = hub.socket.call("odd", "echo");
      say(1, "[2]");
      assert.deepEqual(await other, [2]);
      odd.connection?.destroy();
    });
  });
});
