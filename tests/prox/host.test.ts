// The host side: plugins' lives, calls, merging, pushes, and plugins that misbehave.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Binding } from "../../src/prox/host/binding.ts";
import { RoundRobinBalancer } from "../../src/prox/host/balancers.ts";
import { GroupedBalancer } from "../../src/prox/host/grouped_balancer.ts";
import { PROX_HOST_LIMITS, restartDelayMs } from "../../src/prox/host/limits.ts";
import type { ManagerOptions } from "../../src/prox/host/manager.ts";
import { ProcessSupervisor } from "../../src/prox/host/supervisor.ts";
import { createLogger } from "../../src/base/log.ts";
import { FRAME_BYTES, HOOK_NAMES } from "../../src/prox/messages.ts";
import { frame } from "../../src/wire/frames.ts";
import { encode } from "../../src/wire/msgpack/codec.ts";
import { fromHex } from "../support/pieces.ts";
import type { Later } from "../support/folder.ts";
import { FakePlugin, type HostRun, runtime, withHost } from "./host_run.ts";
import { request, until } from "./plugin_run.ts";

const ROUTE = "r:0";

/** A plugin that is ready, on one route. */
async function readyPlugin(
  host: HostRun,
  later: Later,
  binding: Partial<Binding> = {},
): Promise<{ fake: FakePlugin; path: string }> {
  const fake = new FakePlugin();
  const socket = join(host.folder, "hooks");
  await fake.listen(socket, later);
  const path = await host.readyScript(socket);
  host.manager.configure([{ routeId: ROUTE, plugin: path, ...binding }]);
  await host.manager.start();
  await until(() => host.manager.hasHook(ROUTE, "on_request"));
  return { fake, path };
}

/** Runs `use` with a host whose one plugin is answered for by the test. */
function withReady(
  use: (host: HostRun, fake: FakePlugin, path: string) => Promise<void>,
  binding: Partial<Binding> = {},
  options: Partial<ManagerOptions> = {},
): Promise<void> {
  return withHost(async (host, later) => {
    const { fake, path } = await readyPlugin(host, later, binding);
    await use(host, fake, path);
  }, options);
}

const answer = (value: unknown) => frame(encode(value), "big");
const ask = (host: HostRun, path = "/", signal?: AbortSignal) =>
  host.manager.onRequest(ROUTE, request({ routeId: ROUTE, path }), signal);
const code = (wanted: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, wanted, String(error));
  return true;
};

describe("a plugin's life", () => {
  test("has one process for all routes, told of each, also after a reload", async () => {
    await withHost(async (host) => {
      const plugin = await host.script("plugin", `while read line; do echo "$line" >&2; done`);
      const bindings = [
        { routeId: "a:0", plugin, match: { domain: "*.**", path: "/ws" } },
        { routeId: "b:0", plugin },
      ];
      host.manager.configure(bindings);
      await host.manager.start();
      await until(() => host.logged("b:0") === 1);
      assert.equal(host.logged("a plugin was started"), 1);
      assert.ok(
        host.logged(
              String.raw`\"route_id\":\"a:0\",\"match\":{\"domain\":\"*.**\",\"path\":\"/ws\"}`,
            ) + host.logged(`"route_id":"a:0","match":{"domain":"*.**","path":"/ws"}`) > 0,
        host.entries.join("\n"),
      );
      const pid = host.manager.pidOf(plugin);
      await host.manager.reconfigure([...bindings, { routeId: "c:0", plugin }]);
      await until(() => host.logged("c:0") === 1);
      assert.equal(host.logged("b:0"), 2);
      assert.equal(host.manager.pidOf(plugin), pid);
    });
  });

  test("ends when it is bound no longer, and when the host stops", async () => {
    await withHost(async (host) => {
      const first = await host.script("first", "cat >/dev/null; echo first is gone >&2");
      const second = await host.script("second", "cat >/dev/null; echo second is gone >&2");
      host.manager.configure([{ routeId: "a:0", plugin: first }]);
      await host.manager.start();
      await host.manager.reconfigure([{ routeId: "a:0", plugin: second }]);
      await until(() => host.logged("first is gone") === 1);
      assert.equal(host.manager.pidOf(first), undefined);
      await host.manager.stop();
      assert.equal(host.logged("second is gone"), 1);
      assert.equal(host.logged("has ended"), 0);
    });
  });

  test("is ended by force after the grace time", async () => {
    await withHost(async (host) => {
      const plugin = await host.script("stubborn", "while :; do sleep 0.05; done");
      host.manager.configure([{ routeId: "a:0", plugin }]);
      await host.manager.start();
      await host.manager.stop();
      assert.equal(host.logged("it is killed"), 1);
    }, { limits: { graceMs: 30 } });
  });

  for (const hook of ["on_request", "on_connect", "on_response"] as const) {
    test(`that has ended is begun again, and fails ${hook} until it is ready`, async () => {
      const connection = { routeId: ROUTE, domain: "", remoteAddr: "" };
      const calls = {
        on_request: (host: HostRun) => ask(host),
        on_connect: (host: HostRun) => host.manager.onConnect(ROUTE, connection),
        on_response: (host: HostRun) =>
          host.manager.onResponse(ROUTE, request(), { status: 200, headers: {} }),
      };
      await withReady(async (host, fake, path) => {
        const before = host.manager.pidOf(path)!;
        await calls[hook](host);
        // It is not ready again before this file is gone.
        const held = join(host.folder, "held");
        await writeFile(held, "");
        process.kill(before, "SIGKILL");
        await until(() => !host.manager.isReady(path));
        await until(() => ![undefined, before].includes(host.manager.pidOf(path)));
        assert.equal(host.manager.hasHook(ROUTE, hook), true);
        await assert.rejects(calls[hook](host), code("SOCKET_FAILED"));
        assert.equal(fake.calls.length, 1);
        await rm(held);
        await until(() => host.manager.isReady(path));
        await calls[hook](host);
        assert.equal(fake.calls.length, 2);
      });
    });
  }

  test("that has ended is skipped until it is ready, where the host says failOpen", async () => {
    await withReady(
      async (host, fake, path) => {
        const held = join(host.folder, "held");
        await writeFile(held, "");
        process.kill(host.manager.pidOf(path)!, "SIGKILL");
        await until(() => !host.manager.isReady(path));
        assert.equal(host.manager.hasHook(ROUTE, "on_request"), false);
        assert.equal((await ask(host)).allow, true);
        assert.equal(fake.calls.length, 0);
        await rm(held);
        await until(() => host.manager.hasHook(ROUTE, "on_request"));
      },
      {},
      { failOpen: true },
    );
  });

  test("that exits at once, for ever, is tried again later and later", async () => {
    const attempts: number[] = [];
    await withHost(async (host) => {
      const plugin = await host.script("dying", "exit 3");
      host.manager.configure([{ routeId: "a:0", plugin }]);
      await host.manager.start();
      await until(() => attempts.length >= 5);
      assert.deepEqual(attempts.slice(0, 5), [1, 2, 3, 4, 5]);
    }, {
      restartDelayMs: (attempt) => {
        attempts.push(attempt);
        return 1;
      },
    });
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 100].map(restartDelayMs), [
      1000,
      2000,
      4000,
      8000,
      16_000,
      30_000,
      30_000,
      30_000,
    ]);
  });

  test("counts its attempts anew once it has said something", async () => {
    const attempts: number[] = [];
    await withHost(async (host) => {
      const log = `{"method":"log","params":{"level":"info","message":"up"}}`;
      const plugin = await host.script("talking", `echo '${log}'; exit 1`);
      host.manager.configure([{ routeId: "a:0", plugin }]);
      await host.manager.start();
      await until(() => attempts.length >= 3);
      assert.deepEqual(attempts.slice(0, 3), [1, 1, 1]);
    }, {
      restartDelayMs: (attempt) => {
        attempts.push(attempt);
        return 1;
      },
    });
  });

  test("that cannot begin is tried again, and begins when it can", async () => {
    await withHost(async (host) => {
      const plugin = join(host.folder, "later");
      host.manager.configure([{ routeId: "a:0", plugin }]);
      await host.manager.start();
      await until(() => host.logged("Cannot start") >= 2);
      await host.script("later", "cat >/dev/null");
      await until(() => host.manager.pidOf(plugin) !== undefined);
    });
  });

  test("is tried once, however often its supervisor is started", async () => {
    await withHost(async (host) => {
      const path = await host.script("plugin", "exec cat >/dev/null");
      const supervisor = new ProcessSupervisor({
        runtime,
        path,
        log: createLogger((line) => host.entries.push(line)),
        limits: PROX_HOST_LIMITS,
        restartDelayMs: () => 10,
        routes: () => [],
        failOpen: false,
        changed: () => {},
        push: () => {},
      });
      await Promise.all([supervisor.start(), supervisor.start()]);
      await supervisor.start();
      assert.equal(host.logged("a plugin was started"), 1);
      await supervisor.stop();
    });
  });

  test("that is given as a directory is built, before each start", async () => {
    const asked: string[] = [];
    let goal = "";
    const build = (source: string) => {
      asked.push(source);
      if (asked.length === 1) throw new Error("it does not compile");
      return Promise.resolve(goal);
    };
    await withHost(async (host) => {
      goal = await host.script("built", 'echo "built" >&2; read line; exit 1');
      host.manager.configure([{ routeId: ROUTE, plugin: host.folder }]);
      await host.manager.start();
      await until(() => host.logged("[debug] built") === 2);
      assert.ok(asked.length >= 3 && asked.every((source) => source === host.folder));
      assert.equal(host.logged("Cannot build"), 1);
    }, { build });
    await withHost(async (host) => {
      host.manager.configure([{ routeId: ROUTE, plugin: host.folder }]);
      await host.manager.start();
      await until(() => host.logged("it is a directory") > 0);
    });
  });

  test("that is a source is built, and an executable is not", async () => {
    const asked: string[] = [];
    await withHost(async (host) => {
      const own = await host.script("own", "read line; exec cat >/dev/null");
      const source = join(host.folder, "main.go");
      await writeFile(source, "package main");
      const bindings = [own, source].map((plugin) => ({ routeId: ROUTE, plugin }));
      host.manager.configure(bindings);
      await host.manager.start();
      await until(() => host.manager.pidOf(source) !== undefined);
      assert.deepEqual(asked, [source]);
    }, {
      build: (source) => {
        asked.push(source);
        return source.replace("main.go", "own");
      },
    });
  });

  test("whose build never ends does not keep the host from stopping", async () => {
    let begun = false;
    await withHost(async (host) => {
      host.manager.configure([{ routeId: ROUTE, plugin: host.folder }]);
      const starting = host.manager.start();
      await until(() => begun);
      await host.manager.stop();
      await starting;
    }, {
      build: () => {
        begun = true;
        return new Promise(() => {});
      },
    });
  });

  test("without a route begins with an empty one", async () => {
    await withHost(async (host) => {
      const plugin = await host.script("auto", `read line; echo "$line" >&2; cat >/dev/null`);
      host.manager.configure([{ routeId: "", plugin }]);
      await host.manager.start();
      await until(() => host.entries.some((entry) => /route_id\W+"/.test(entry)));
      assert.equal(host.logged("match"), 0);
    });
  });
});

describe("a call", () => {
  test("goes to the plugins of its route only, if they have the hook and are ready", async () => {
    await withReady(async (host, fake) => {
      assert.equal(host.manager.hasHook("other", "on_request"), false);
      assert.equal((await host.manager.onRequest("other", request())).allow, true);
      assert.equal(fake.calls.length, 0);
      await ask(host, "/x");
      assert.deepEqual(fake.calls.map(({ hook }) => hook), ["on_request"]);
    });
  });

  test("finds a plugin that has only some hooks", async () => {
    await withHost(async (host, later) => {
      const fake = new FakePlugin();
      const socket = join(host.folder, "hooks");
      await fake.listen(socket, later);
      const plugin = await host.readyScript(socket, ["on_connect", "on_dream"]);
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_connect"));
      assert.equal(host.manager.hasHook(ROUTE, "on_request"), false);
      assert.equal(host.logged("on_dream"), 1);
    });
  });

  test("of many at once opens connections, and keeps sixteen of them", async () => {
    await withReady(async (host, fake) => {
      const waiting: (() => void)[] = [];
      fake.answer = (_, connection) => {
        waiting.push(() => connection.write(answer({ ok: true })));
        return undefined;
      };
      const calls = Array.from({ length: 40 }, () => ask(host));
      await until(() => waiting.length === 40);
      for (const go of waiting.splice(0)) go();
      await Promise.all(calls);
      await until(() => fake.connections.size === 16);
      assert.equal(fake.accepted, 40);
      fake.answer = () => answer({ ok: true });
      await Promise.all(Array.from({ length: 16 }, () => ask(host)));
      assert.equal(fake.accepted, 40);
    });
  });

  test("waits for a connection where there are enough of them", async () => {
    await withReady(
      async (host, fake) => {
        const calls = Array.from({ length: 50 }, (_, index) => ask(host, `/${index}`));
        assert.equal((await Promise.all(calls)).length, 50);
        assert.equal(fake.accepted, 2);
        assert.equal(new Set(fake.calls.map((call) => JSON.stringify(call.data))).size, 50);
      },
      {},
      { limits: { connections: 2 } },
    );
  });

  test("given up in the tick in which it takes an idle connection settles", async () => {
    await withReady(async (host, fake) => {
      await ask(host);
      fake.answer = () => undefined;
      const controller = new AbortController();
      const given = ask(host, "/", controller.signal);
      controller.abort();
      await assert.rejects(given, code("DEADLINE"));
    });
  });

  test("of a hook that there is not is none that a plugin has", async () => {
    await withReady((host) => {
      for (const hook of ["on_nothing", "constructor", "toString", "__proto__"]) {
        assert.equal(host.manager.hasHook(ROUTE, hook as never), false, hook);
      }
      return Promise.resolve();
    });
  });

  test("past those that may wait fails at once", async () => {
    await withReady(
      async (host, fake) => {
        fake.answer = () => undefined;
        const calls = Array.from({ length: 4 }, () => ask(host));
        const codes = calls.map((call) => call.then(() => "ok", ({ code }) => code));
        assert.deepEqual((await Promise.all(codes)).sort(), [
          "DEADLINE",
          "DEADLINE",
          "LIMIT",
          "LIMIT",
        ]);
      },
      { timeoutMs: 100 },
      { limits: { connections: 1, waitingCalls: 1 } },
    );
  });

  test("survives a ready that says again what was known", async () => {
    await withHost(async (host, later) => {
      const fake = new FakePlugin();
      const socket = join(host.folder, "hooks");
      await fake.listen(socket, later);
      const ready = JSON.stringify({
        method: "ready",
        params: { socket, hooks: ["on_request"] },
      });
      const plugin = await host.script("again", `while read line; do echo '${ready}'; done`);
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      let finish = () => {};
      fake.answer = (_, connection) => {
        finish = () => connection.write(answer({ ok: false, s: 418 }));
        return undefined;
      };
      const call = ask(host);
      await until(() => fake.calls.length === 1);
      await host.manager.reconfigure([{ routeId: ROUTE, plugin }, { routeId: "s:0", plugin }]);
      await until(() => host.manager.hasHook("s:0", "on_request"));
      finish();
      assert.equal((await call).status, 418);
      fake.answer = () => answer({ ok: true });
      await ask(host);
      assert.equal(fake.accepted, 1);
    });
  });

  test("under way is finished when its plugin is bound no longer", async () => {
    await withReady(async (host, fake) => {
      let finish = () => {};
      fake.answer = (_, connection) => {
        finish = () => connection.write(answer({ ok: false, s: 418 }));
        return undefined;
      };
      const call = ask(host);
      await until(() => fake.calls.length === 1);
      const reconfigured = host.manager.reconfigure([]);
      assert.equal(host.manager.hasHook(ROUTE, "on_request"), false);
      finish();
      assert.equal((await call).status, 418);
      await reconfigured;
    });
  });

  test("is given up when nobody waits for it", async () => {
    await withReady(async (host, fake) => {
      fake.answer = () => undefined;
      const client = new AbortController();
      const call = ask(host, "/", client.signal);
      call.catch(() => {});
      await until(() => fake.calls.length === 1);
      client.abort();
      await assert.rejects(call, code("DEADLINE"));
      await until(() => fake.connections.size === 0);
      await assert.rejects(ask(host, "/", client.signal), code("DEADLINE"));
      assert.equal(fake.calls.length, 1);
    });
  });

  test("that is too long for a frame fails, and the next one works", async () => {
    await withReady(async (host) => {
      await assert.rejects(ask(host, "x".repeat(FRAME_BYTES)), code("LIMIT"));
      assert.equal((await ask(host)).allow, true);
    });
  });

  test("that nobody answers to is one note of a disconnect, in the background", async () => {
    await withReady(async (host, fake) => {
      fake.answer = () => undefined;
      const info = { routeId: ROUTE, remoteAddr: "x", bytesRx: 1, bytesTx: 2, durationMs: 3 };
      host.manager.onDisconnect("other", info);
      host.manager.onDisconnect(ROUTE, info);
      await until(() => fake.calls.length === 1);
      assert.deepEqual(fake.calls[0], { hook: "on_disconnect", data: { ...info, target: "" } });
      fake.answer = () => answer({ ok: true });
      assert.equal((await ask(host)).allow, true);
      assert.equal(fake.accepted, 1);
      for (let index = 0; index < 1000; index++) host.manager.onDisconnect(ROUTE, info);
      await until(() => fake.calls.length >= 250);
      assert.ok(fake.calls.length < 300);
    });
  });

  test("of a disconnect is not held up by a plugin that hangs", async () => {
    await withHost(async (host, later) => {
      const { fake, path } = await readyPlugin(host, later);
      // Its only connection is taken: each note for it waits for one in vain.
      fake.answer = () => undefined;
      const hanging = ask(host).catch(() => {});
      await until(() => fake.calls.length === 1);
      const other = new FakePlugin();
      const socket = join(host.folder, "other.sock");
      await other.listen(socket, later);
      const ready = JSON.stringify({ method: "ready", params: { socket, hooks: HOOK_NAMES } });
      const plugin = await host.script("other", `read line; echo '${ready}'; exec cat >/dev/null`);
      const bindings = [path, plugin].map((plugin) => ({ routeId: ROUTE, plugin }));
      await host.manager.reconfigure(bindings);
      await until(() => host.manager.isReady(plugin));
      const info = { routeId: ROUTE, remoteAddr: "x", bytesRx: 1, bytesTx: 2, durationMs: 3 };
      for (let index = 0; index < 40; index++) host.manager.onDisconnect(ROUTE, info);
      await until(() => other.calls.length === 40);
      assert.equal(fake.calls.length, 1);
      await host.manager.stop();
      await hanging;
    }, { limits: { connections: 1, callMs: 60_000 } });
  });
});

describe("an answer that is none", () => {
  const answers: Record<string, [string, Uint8Array | "close" | undefined]> = {
    "never comes": ["DEADLINE", undefined],
    "is a frame of 2 MiB": ["PROTOCOL", fromHex("00200000")],
    "is no MessagePack": ["PROTOCOL", frame(fromHex("c1"), "big")],
    "is nil": ["PROTOCOL", answer(null)],
    "has the wrong types": ["PROTOCOL", answer({ ok: "yes" })],
    "has something behind it": ["PROTOCOL", fromHex("0000000180000000")],
    "ends in the middle": ["SOCKET_FAILED", "close"],
  };
  for (const [title, [wanted, bytes]] of Object.entries(answers)) {
    test(`fails its call, closes its connection, and the next call works: ${title}`, async () => {
      await withReady(async (host, fake) => {
        fake.answer = (_, connection) => {
          if (bytes !== "close") return bytes;
          connection.write(fromHex("0000001082"));
          connection.end();
          return undefined;
        };
        await assert.rejects(ask(host), code(wanted));
        await until(() => fake.connections.size === 0);
        fake.answer = () => answer({ ok: true });
        assert.equal((await ask(host)).allow, true);
        assert.equal(fake.accepted, 2);
      }, { timeoutMs: 200 });
    });
  }

  test("fails its call even if it comes, but late", async () => {
    await withReady(async (host, fake) => {
      let late = () => {};
      fake.answer = (_, connection) => {
        late = () => connection.write(answer({ ok: false, s: 418 }));
        return undefined;
      };
      await assert.rejects(ask(host), code("DEADLINE"));
      late();
      fake.answer = () => answer({ ok: true });
      assert.equal((await ask(host)).allow, true);
    }, { timeoutMs: 50 });
  });

  test("nobody asked for closes the connection that it came on", async () => {
    await withReady(async (host, fake) => {
      await ask(host);
      for (const connection of fake.connections) connection.write(answer({ ok: false }));
      await until(() => fake.connections.size === 0);
      assert.equal((await ask(host)).allow, true);
    });
  });

  test("cannot come from a socket that is not there", async () => {
    await withHost(async (host) => {
      const plugin = await host.readyScript(join(host.folder, "nothing"));
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      await assert.rejects(ask(host), code("SOCKET_FAILED"));
      await assert.rejects(ask(host), code("SOCKET_FAILED"));
    });
  });

  test("is not waited for when the process has ended", async () => {
    await withReady(async (host, fake, path) => {
      fake.answer = () => {
        process.kill(host.manager.pidOf(path)!, "SIGKILL");
        return undefined;
      };
      await assert.rejects(ask(host), code("SOCKET_FAILED"));
    });
  });
});

describe("several plugins on a route", () => {
  /** Two plugins, asked in the order of their names. */
  async function withTwo(use: (host: HostRun, fakes: FakePlugin[]) => Promise<void>) {
    await withHost(async (host, later) => {
      const fakes = [new FakePlugin(), new FakePlugin()];
      const bindings: Binding[] = [];
      for (const [index, fake] of fakes.entries()) {
        const socket = join(host.folder, `hooks${index}`);
        await fake.listen(socket, later);
        const ready = JSON.stringify({
          method: "ready",
          params: { socket, hooks: ["on_request", "on_response", "on_connect"] },
        });
        const script = `read line; echo '${ready}'; exec cat >/dev/null`;
        bindings.push({ routeId: ROUTE, plugin: await host.script(`p${index}`, script) });
      }
      host.manager.configure(bindings);
      await host.manager.start();
      await until(() => host.logged("is ready") === 2);
      await use(host, fakes);
    });
  }

  test("are merged where all allow", async () => {
    await withTwo(async (host, [first, second]) => {
      first!.answer = () =>
        answer({ ok: true, h: { a: "1", b: "1" }, sp: { dl: 5, ul: 0, gk: "" }, rp: "/one" });
      second!.answer = () =>
        answer({ ok: true, h: { b: "2" }, sp: { dl: 9, ul: 3, gk: "g" }, cq: true });
      assert.deepEqual(await ask(host), {
        allow: true,
        headers: { a: "1", b: "2" },
        speedLimit: { downloadMbps: 5, uploadMbps: 3, groupKey: "g" },
        cleanQuery: true,
        rewritePath: "/one",
      });
    });
  });

  test("are asked up to the first that denies, whose verdict stands as it is", async () => {
    await withTwo(async (host, [first, second]) => {
      first!.answer = () => answer({ ok: false, s: 403, b: "no", h: { why: "x" } });
      const verdict = await ask(host);
      assert.deepEqual([verdict.status, verdict.body, verdict.headers], [403, "no", { why: "x" }]);
      assert.equal(second!.calls.length, 0);
      const info = { routeId: ROUTE, domain: "", remoteAddr: "" };
      assert.deepEqual(await host.manager.onConnect(ROUTE, info), { allow: false });
      assert.equal(second!.calls.length, 0);
    });
  });

  test("are all asked about a response", async () => {
    await withTwo(async (host, [first, second]) => {
      first!.answer = () => answer({ s: 404, h: { a: "1" }, rm: ["x"] });
      second!.answer = () => answer({ h: { a: "2" }, rm: ["y"] });
      const response = { status: 200, headers: {} };
      assert.deepEqual(await host.manager.onResponse(ROUTE, request(), response), {
        status: 404,
        headers: { a: "2" },
        remove: ["x", "y"],
      });
    });
  });
});

describe("a push", () => {
  const line = (method: string, params: unknown) => JSON.stringify({ method, params });

  /** Runs a plugin that says lines and waits. */
  async function withPushes(
    lines: readonly string[],
    use: (host: HostRun, plugin: string) => Promise<void>,
    configure: (host: HostRun, plugin: string) => void,
    options: Partial<ManagerOptions> = {},
  ) {
    await withHost(async (host) => {
      const echoes = [...lines, line("log", { level: "info", message: "all said" })]
        .map((text) => `echo '${text}'`).join("\n");
      const plugin = await host.script("pushing", `read line\n${echoes}\nexec cat >/dev/null`);
      configure(host, plugin);
      await host.manager.start();
      await until(() => host.logged("all said") === 1);
      await use(host, plugin);
    }, options);
  }

  test("of targets goes to the plugin's own route, by action, or to all", async () => {
    const [own, other, third] = [1, 2, 3].map(() => new RoundRobinBalancer(["old:1"]));
    await withPushes([
      line("set_targets", { route_id: "a:0", targets: ["own:1"] }),
      line("set_targets", { route_id: "b:0", targets: ["not mine"] }),
      line("set_targets", { action: "dynamic", targets: ["dynamic:1", "dynamic:2"] }),
    ], (host) => {
      assert.deepEqual([own!.next(), own!.next()], ["own:1", "own:1"]);
      assert.deepEqual([other!.next(), third!.next(), third!.next()], [
        "old:1",
        "dynamic:1",
        "dynamic:2",
      ]);
      assert.equal(host.logged("no route"), 1);
      return Promise.resolve();
    }, (host, plugin) => {
      host.manager.configure(
        [{ routeId: "a:0", plugin, balancer: own! }],
        new Map([
          ["a:0", { balancer: own! }],
          ["b:0", { balancer: other! }],
          ["c:0", { balancer: third!, action: "dynamic" }],
          ["d:0", { action: "static" }],
        ]),
      );
    });
  });

  test("of groups needs a balancer with keys; a flat list takes the groups' place", async () => {
    const [flat, keyed] = [new RoundRobinBalancer(["old:1"]), new GroupedBalancer()];
    await withPushes([
      line("set_targets", { route_id: "*", groups: { de: ["de:1"], us: [] } }),
    ], (host) => {
      assert.equal(flat.next(), "old:1");
      assert.deepEqual([keyed.nextKeyed("de"), keyed.nextKeyed("us"), keyed.nextKeyed("fr")], [
        "de:1",
        undefined,
        undefined,
      ]);
      assert.equal(host.logged("has no keys"), 1);
      return Promise.resolve();
    }, (host, plugin) => {
      host.manager.configure(
        [{ routeId: "a:0", plugin }],
        new Map([["a:0", { balancer: flat }], ["b:0", { balancer: keyed }]]),
      );
    });
  });

  test("of groups may have any keys", async () => {
    const keyed = new GroupedBalancer();
    const keys = ["constructor", "__proto__", "prototype", "toString"];
    const groups = Object.fromEntries(keys.map((key) => [key, [`${key}:1`]]));
    await withPushes([line("set_targets", { route_id: "*", groups })], () => {
      assert.deepEqual(keys.map((key) => keyed.nextKeyed(key)), keys.map((key) => `${key}:1`));
      return Promise.resolve();
    }, (host, plugin) => {
      const routes = new Map([["a:0", { balancer: keyed }]]);
      host.manager.configure([{ routeId: "a:0", plugin }], routes);
    });
  });

  test("of speed limits is found by its route, in bytes a second", async () => {
    const groups: unknown[] = [];
    await withPushes(
      [
        line("set_speed", { route_id: "a:0", download_mbps: 50, upload_mbps: 2.5 }),
        line("set_speed", { action: "x", download_mbps: 8, group_key: "user-1" }),
        line("set_speed", { route_id: "foreign:0", download_mbps: 1 }),
        line("set_speed", { route_id: "unknown:0", download_mbps: 1 }),
      ],
      async (host, plugin) => {
        assert.deepEqual(host.manager.getSpeedLimit("a:0"), {
          downloadBps: 6_250_000,
          uploadBps: 312_500,
        });
        assert.deepEqual(host.manager.getSpeedLimit("b:0"), {
          downloadBps: 1_000_000,
          uploadBps: 0,
        });
        assert.deepEqual(host.manager.getSpeedLimit("c:0"), { downloadBps: 0, uploadBps: 0 });
        assert.deepEqual(groups, [["user-1", { downloadBps: 1_000_000, uploadBps: 0 }]]);
        const foreign = { downloadBps: 125_000, uploadBps: 0 };
        assert.deepEqual(host.manager.getSpeedLimit("foreign:0"), foreign);
        assert.deepEqual(host.manager.getSpeedLimit("unknown:0"), foreign);
        await host.manager.reconfigure([{ routeId: "unknown:0", plugin }]);
        assert.deepEqual(host.manager.getSpeedLimit("unknown:0"), foreign);
        assert.equal(host.logged("no route"), 0);
      },
      (host, plugin) => {
        host.manager.configure(
          [{ routeId: "a:0", plugin }, { routeId: "b:0", plugin }],
          new Map([["b:0", { action: "x" }], ["foreign:0", {}]]),
        );
      },
      { groupSpeed: (key, limit) => groups.push([key, limit]) },
    );
  });

  test("of a log entry is logged, with its level, its fields, and the plugin's name", async () => {
    await withPushes([
      line("log", { level: "error", message: "m", args: ["key", { a: 1 }, "plugin", "x", "odd"] }),
      line("log", { level: "shout", message: "n" }),
    ], (host) => {
      assert.ok(host.logged('[error] m key="{\\"a\\":1}" plugin=pushing') === 1, host.entries[1]);
      assert.equal(host.logged("[info] n plugin=pushing"), 1);
      return Promise.resolve();
    }, (host, plugin) => host.manager.configure([{ routeId: "a:0", plugin }]));
  });

  const nonsense: Record<string, string> = {
    "no JSON": "hello there",
    "a number": "17",
    "null": "null",
    "an unknown method": line("sing", {}),
    "a method that is a number": '{"method":1}',
    "ready without a socket": line("ready", { hooks: ["on_request"] }),
    "ready with hooks that are text": line("ready", { socket: "/x", hooks: "on_request" }),
    "targets that are numbers": line("set_targets", { route_id: "a:0", targets: [1] }),
    "a speed that is text": line("set_speed", { route_id: "a:0", download_mbps: "fast" }),
    "a failed configure": '{"error":"no database"}',
  };
  for (const [title, text] of Object.entries(nonsense)) {
    test(`that makes no sense is noted and skipped: ${title}`, async () => {
      await withPushes([text, '{"result":"ok"}'], (host) => {
        assert.equal(host.logged("message was skipped"), 1, host.entries.join("\n"));
        return Promise.resolve();
      }, (host, plugin) => host.manager.configure([{ routeId: "a:0", plugin }]));
    });
  }
});

describe("a plugin that floods", () => {
  const flood = async (body: string, limits: ManagerOptions["limits"] = {}) => {
    let entries: string[] = [];
    await withHost(async (host) => {
      const plugin = await host.script("flooding", `${body}\nexec cat >/dev/null`);
      host.manager.configure([{ routeId: "a:0", plugin }]);
      await host.manager.start();
      await until(() => host.logged("flood is over") + host.logged("has ended") > 0);
      await host.manager.stop();
      entries = host.entries;
    }, { limits: { ...limits } });
    return entries;
  };
  const over = `echo '{"method":"log","params":{"message":"flood is over"}}'`;

  test("stdout with a line of 10 MiB loses that line, and is heard again behind it", async () => {
    const entries = await flood(`head -c 10485760 /dev/zero | tr '\\0' x; echo; ${over}`);
    assert.equal(entries.filter((entry) => entry.includes("65535 bytes")).length, 1);
    assert.ok(entries.every((entry) => entry.length < 1000));
  });

  test("stderr with a line of 10 MiB has its beginning logged", async () => {
    const entries = await flood(
      `head -c 10485760 /dev/zero | tr '\\0' x >&2; echo >&2; sleep 0.1; ${over}`,
    );
    const longest = Math.max(...entries.map((entry) => entry.length));
    assert.ok(longest > 16_000 && longest < 17_000, String(longest));
  });

  test("stderr is heard at the level debug", async () => {
    await withHost(async (host) => {
      const plugin = await host.script("plugin", "echo 'on stderr' >&2; exec cat >/dev/null");
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.logged("on stderr") === 1);
      assert.equal(host.logged("[debug] on stderr"), 1);
    });
  });

  test("both with lines gets some of them into the log, and a count of the others", async () => {
    const entries = await flood(
      `i=0; while [ $i -lt 3000 ]; do echo garbage; echo noise >&2; i=$((i+1)); done; exit 1`,
      { logLines: 20 },
    );
    assert.ok(entries.length < 1000, String(entries.length));
    assert.ok(entries.some((entry) => entry.includes("were left out")));
  });
});
