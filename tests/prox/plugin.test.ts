// The plugin side, in this process: lifecycle, handlers, pushes, and hosts that misbehave.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import net from "node:net";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { GibbonError } from "../../src/base/errors.ts";
import { marshalEnvelope } from "../../src/prox/encode.ts";
import { unmarshalResult } from "../../src/prox/decode.ts";
import { LINE_BYTES } from "../../src/prox/lifecycle.ts";
import { FRAME_BYTES } from "../../src/prox/messages.ts";
import type { Prox } from "../../src/prox/plugin/prox.ts";
import type { ProxRequest } from "../../src/prox/plugin/request.ts";
import {
  acceptConn,
  allow,
  deny,
  drop,
  fallback,
  modifyResponse,
  rejectConn,
} from "../../src/prox/plugin/verdicts.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { frame, FrameReader } from "../../src/wire/frames.ts";
import { encode } from "../../src/wire/msgpack/codec.ts";
import { concat, CUTS, fromHex } from "../support/pieces.ts";
import { Peer } from "../runtime/peer.ts";
import { PluginRun, request, until, withPlugin } from "./plugin_run.ts";

const runtime = await detectRuntime();

/** A promise and what settles it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => open = resolve);
  return { passed, open: () => open() };
}

/** Connects to a plugin's socket as a host that can do anything. */
async function rawHost(run: PluginRun): Promise<Peer> {
  const peer = new Peer();
  // Without `ended`: it closes when the plugin does.
  peer.connection = await runtime.connect(run.socket, {
    data: (bytes) => peer.data(bytes),
    closed: () => peer.closed(),
  });
  return peer;
}

function framesOf(peer: Peer): Uint8Array[] {
  const reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
  for (const chunk of peer.chunks) reader.push(chunk.slice());
  const frames: Uint8Array[] = [];
  for (let next = reader.next(); next; next = reader.next()) frames.push(next);
  return frames;
}

const call = (path: string) =>
  frame(marshalEnvelope("on_request", { ...request({ path }) }), "big");

describe("a prox plugin's life", () => {
  test("begins with one ready, whatever number of routes it is bound to", async () => {
    const routes: unknown[] = [];
    await withPlugin({
      onConfigure: (route) => void routes.push(route),
      onRequest: () => allow(),
      onDisconnect: () => {},
    }, async (run) => {
      run.say(
        '{"method":"configure","params":{"route_id":"gateway:0","match":{"domain":"*.**","path":"/ws"}}}',
      );
      await until(() => run.lines.length === 2);
      await run.configure("b:0", "c:0");
      await run.configure("gateway:0");
      assert.deepEqual(run.pushes("ready").map(({ hooks }) => hooks), [[
        "on_request",
        "on_disconnect",
      ]]);
      assert.equal(run.lines.filter(({ result }) => result === "ok").length, 4);
      assert.equal(run.lines[0]?.method, "ready");
      assert.deepEqual(routes[0], { id: "gateway:0", domain: "*.**", path: "/ws" });
      assert.deepEqual(routes[3], { id: "gateway:0", domain: "", path: "" });
    });
  });

  test("without a route has an empty one", async () => {
    const routes: unknown[] = [];
    await withPlugin({ onConfigure: (route) => void routes.push(route) }, async (run) => {
      run.say('{"method":"configure","params":{"route_id":"","match":null}}');
      await until(() => run.lines.length === 1);
      assert.deepEqual(routes, [{ id: "", domain: "", path: "" }]);
    });
  });

  test("needs no socket if there is no handler of a hook", async () => {
    await withPlugin({ onConfigure: () => {} }, async (run) => {
      await run.configure("a:0");
      assert.deepEqual(run.lines, [{ result: "ok" }]);
    });
  });

  test("has its socket where only its user can go, and leaves nothing behind", async () => {
    const run = new PluginRun([{ onRequest: () => allow() }]);
    await run.configure("a:0");
    const { socket } = run;
    assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
    assert.ok(statSync(socket).isSocket());
    await run.end();
    assert.equal(existsSync(dirname(socket)), false);
  });

  test("goes on until calls under way are finished, once stdin has ended", async () => {
    const [begun, finish] = [gate(), gate()];
    const run = new PluginRun([{
      async onRequest() {
        begun.open();
        await finish.passed;
        return deny(418, "late");
      },
    }]);
    await run.configure("a:0");
    const answer = run.call("on_request", request());
    await begun.passed;
    run.input.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(run.hasEnded, false);
    finish.open();
    assert.equal((await answer).status, 418);
    run.caller.close();
    await run.ended;
  });

  for (const isStdinFirst of [false, true]) {
    const order = isStdinFirst ? "after stdin" : "before stdin";
    test(`ends at once if its host has closed the connection of a call, ${order}`, async () => {
      const begun = gate();
      const run = new PluginRun([{
        onRequest() {
          begun.open();
          return new Promise<never>(() => {});
        },
      }], { graceMs: 2 ** 31 - 1 });
      await run.configure("a:0");
      const lost = assert.rejects(run.call("on_request", request()));
      await begun.passed;
      if (isStdinFirst) run.input.end();
      run.caller.destroy();
      if (!isStdinFirst) run.input.end();
      await lost;
      await run.ended;
      assert.equal(run.notes.filter((note) => note.includes("cut off")).length, 0);
    });
  }

  test("ends after the grace time even if a handler never does", async () => {
    const begun = gate();
    const run = new PluginRun([{
      onRequest() {
        begun.open();
        return new Promise<never>(() => {});
      },
    }], { graceMs: 20, callMs: 1000 });
    await run.configure("a:0");
    const answer = run.call("on_request", request());
    answer.catch(() => {});
    await begun.passed;
    run.stop.abort();
    await run.ended;
    await assert.rejects(answer);
    assert.ok(run.notes.some((note) => note.includes("calls were cut off")), run.notes.join());
  });
});

describe("what a host says that makes no sense", () => {
  const LINES: Record<string, string> = {
    "no JSON": "hello",
    "null": "null",
    "a number": "1",
    "no method": "{}",
    "an unknown method": '{"method":"reload"}',
    "no parameters": '{"method":"configure"}',
    "a route that is a number": '{"method":"configure","params":{"route_id":1}}',
    "a match that is text": '{"method":"configure","params":{"route_id":"a","match":"x"}}',
    "a line of 10 MiB": `{"method":"configure","params":{"route_id":"${"x".repeat(10 << 20)}"}}`,
  };
  for (const [title, line] of Object.entries(LINES)) {
    test(`is noted and skipped: ${title}`, async () => {
      await withPlugin({ onRequest: () => allow() }, async (run) => {
        run.say(line);
        run.say("");
        await run.configure("a:0");
        assert.equal(run.notes.length, 1, run.notes.join("\n"));
        assert.ok(run.notes[0]!.length < 1000);
        assert.deepEqual(await run.call("on_request", request()).then(({ allow }) => allow), true);
      });
    });
  }

  for (const [manner, cut] of Object.entries(CUTS)) {
    test(`does not include lines that come in pieces: ${manner}`, async () => {
      await withPlugin({ onConfigure: () => {} }, async (run) => {
        const lines = ["a", "ü", "c"].map((id) =>
          `{"method":"configure","params":{"route_id":"${id}"}}\n`
        );
        for (const piece of cut(Buffer.from(lines.join("")))) run.input.push(piece);
        await until(() => run.lines.length === 3);
        assert.deepEqual(run.notes, []);
      });
    });
  }
});

describe("a handler", () => {
  test("sees the request, headers without regard to case, and query parameters", async () => {
    let seen: ProxRequest | undefined;
    await withPlugin({ onRequest: (req) => void (seen = req) }, async (run) => {
      await run.configure("a:0");
      const info = request({
        path: "/a b",
        query: "x=1&y=a%20b+c&x=2",
        headers: { "X-Api-Key": "k", constructor: "c" },
        body: Uint8Array.of(0, 255),
        contentLength: 2,
        vars: { tier: "gold" },
      });
      assert.equal((await run.call("on_request", info)).allow, true);
      assert.ok(seen);
      assert.equal(seen.header("x-API-key"), "k");
      assert.equal(seen.header("X-Api-Key"), "k");
      assert.equal(seen.header("CONSTRUCTOR"), "c");
      assert.equal(seen.header("toString"), undefined);
      assert.equal(seen.queryParam("x"), "1");
      assert.equal(seen.queryParam("y"), "a b c");
      assert.equal(seen.queryParam("z"), undefined);
      assert.deepEqual([...seen.body], [0, 255]);
      assert.deepEqual([seen.path, seen.contentLength, seen.vars["tier"]], ["/a b", 2, "gold"]);
      assert.deepEqual([seen.host, seen.target, seen.matchGlob], ["", "", ""]);
    });
  });

  test("answers with all that the helpers can say", async () => {
    const verdicts = {
      "/allow": allow({
        headers: { "X-User": "1" },
        speedLimit: { downloadMbps: 2.5, uploadMbps: 1, groupKey: "g" },
        cleanQuery: true,
        rewritePath: "/v2",
      }),
      "/deny": deny(401, "no", { headers: { "WWW-Authenticate": "Bearer" } }),
      "/drop": drop(),
      "/fallback": fallback({ headers: { "X-Why": "w" } }),
    };
    const zero = {
      drop: false,
      fallback: false,
      status: 0,
      body: "",
      headers: {},
      cleanQuery: false,
      rewritePath: "",
    };
    await withPlugin({
      onRequest: (req) => verdicts[req.path as keyof typeof verdicts],
    }, async (run) => {
      await run.configure("a:0");
      for (const [path, verdict] of Object.entries(verdicts)) {
        const answer = await run.call("on_request", request({ path }));
        assert.deepEqual(answer, { ...zero, ...verdict });
      }
    });
  });

  test("changes responses, and accepts and rejects connections", async () => {
    await withPlugin({
      onResponse: (req, resp) =>
        modifyResponse({
          status: resp.status + 1,
          headers: { "X-Path": req.path, "X-Type": resp.header("content-type") ?? "" },
          remove: ["Server"],
        }),
      onConnect: (conn) => conn.remoteAddr.startsWith("10.") ? rejectConn() : acceptConn(),
    }, async (run) => {
      await run.configure("a:0");
      assert.deepEqual(
        await run.call("on_response", {
          req: request({ path: "/p" }),
          resp: { status: 200, headers: { "Content-Type": "text/plain" } },
        }),
        { status: 201, headers: { "X-Path": "/p", "X-Type": "text/plain" }, remove: ["Server"] },
      );
      const connect = (remoteAddr: string) =>
        run.call("on_connect", { routeId: "a:0", domain: "d", remoteAddr });
      assert.deepEqual(await connect("10.0.0.1:1"), { allow: false });
      assert.deepEqual(await connect("192.0.2.1:1"), { allow: true });
    });
  });

  test("that gives nothing goes on", async () => {
    await withPlugin({ onRequest() {}, onResponse() {}, onConnect() {} }, async (run) => {
      await run.configure("a:0");
      assert.equal((await run.call("on_request", request())).allow, true);
      const changes = await run.call("on_response", {
        req: request(),
        resp: { status: 200, headers: {} },
      });
      assert.deepEqual(changes, { status: 0, headers: {}, remove: [] });
      const info = { routeId: "a:0", domain: "", remoteAddr: "" };
      assert.deepEqual(await run.call("on_connect", info), { allow: true });
    });
  });

  test("runs side by side with others", async () => {
    const both = gate();
    let inside = 0;
    await withPlugin({
      async onRequest() {
        if (++inside === 2) both.open();
        await both.passed;
        return allow();
      },
    }, async (run) => {
      await run.configure("a:0");
      const calls = [run.call("on_request", request()), run.call("on_request", request())];
      assert.equal((await Promise.all(calls)).length, 2);
    });
  });

  test("hears of disconnects, and answers none", async () => {
    const events: unknown[] = [];
    await withPlugin({
      onRequest: () => allow(),
      onDisconnect: (event) => void events.push(event),
    }, async (run) => {
      await run.configure("a:0");
      const info = { routeId: "a:0", remoteAddr: "x", bytesRx: 1, bytesTx: 2 ** 40, durationMs: 3 };
      const peer = await rawHost(run);
      peer.connection?.write(frame(marshalEnvelope("on_disconnect", info), "big"));
      peer.connection?.write(call("/"));
      await until(() => framesOf(peer).length === 1);
      assert.deepEqual(events, [{ ...info, target: "" }]);
      assert.equal(unmarshalResult("on_request", framesOf(peer)[0]!).allow, true);
      peer.connection?.destroy();
    });
  });

  test("is called only when the route's onConfigure is done", async () => {
    const configured = gate();
    const order: string[] = [];
    await withPlugin({
      async onConfigure() {
        await configured.passed;
        order.push("configured");
      },
      onRequest: () => void order.push("called"),
    }, async (run) => {
      run.say('{"method":"configure","params":{"route_id":"r:0"}}');
      await until(() => run.pushes("ready").length === 1);
      const answer = run.call("on_request", request());
      await run.call("on_request", request({ routeId: "another" }));
      configured.open();
      await answer;
      assert.deepEqual(order, ["called", "configured", "called"]);
    });
  });
});

describe("a handler that fails", () => {
  const failures: Record<string, () => unknown> = {
    "throws": () => {
      throw new Error("broken on purpose");
    },
    "rejects": () => Promise.reject(new Error("broken on purpose")),
    "throws null": () => {
      throw null;
    },
    "gives a flag": () => true,
    "gives text": () => Promise.resolve("no"),
    "gives null": () => null,
    "gives a status out of range": () => deny(42),
    "gives a header with a line end": () => allow({ headers: { a: "b\r\nc: d" } }),
    "gives a header's name with a space": () => allow({ headers: { "a b": "c" } }),
    "gives a body that is bytes": () => ({ allow: false, body: new Uint8Array(1) }),
    "gives a header that is a number": () => allow({ headers: { a: 1 } as never }),
    "gives a speed that is none": () => allow({ speedLimit: { downloadMbps: NaN } }),
    "gives a limit of nobody knows what": () => allow({ speedLimit: { mbps: 1 } as never }),
    "gives an object without a verdict": () => ({ headers: {} }),
    "gives an array": () => [],
    "gives what nobody knows": () => ({ allow: true, permit: true }),
    "never ends": () => new Promise(() => {}),
  };
  for (const [title, handler] of Object.entries(failures)) {
    test(`stops the request, with an entry in the host's log: it ${title}`, async () => {
      await withPlugin({ onRequest: handler as never, deadline: 30 }, async (run) => {
        await run.configure("a:0");
        const answer = await run.call("on_request", request());
        assert.deepEqual([answer.allow, answer.status], [false, 500]);
        await until(() => run.pushes("log").length === 1);
        const [entry] = run.pushes("log");
        assert.equal(entry.level, "error");
        assert.match(entry.message, /^plugin-0 failed in onRequest: /);
        assert.ok(entry.args.includes("r:0"));
      });
    });
  }

  test("stops connections, and gives responses the status 500", async () => {
    const fail = () => {
      throw new Error("broken on purpose");
    };
    await withPlugin({ onResponse: fail, onConnect: fail, onDisconnect: fail }, async (run) => {
      await run.configure("a:0");
      const resp = { status: 200, headers: {} };
      assert.equal((await run.call("on_response", { req: request(), resp })).status, 500);
      const info = { routeId: "a:0", domain: "", remoteAddr: "" };
      assert.deepEqual(await run.call("on_connect", info), { allow: false });
    });
  });

  test("is passed over if its plugin says onError: continue", async () => {
    const fail = () => {
      throw new Error("broken on purpose");
    };
    await withPlugin({
      onError: "continue",
      onRequest: fail,
      onResponse: fail,
      onConnect: fail,
    }, async (run) => {
      await run.configure("a:0");
      assert.equal((await run.call("on_request", request())).allow, true);
      const resp = { status: 200, headers: {} };
      assert.equal((await run.call("on_response", { req: request(), resp })).status, 0);
      const info = { routeId: "a:0", domain: "", remoteAddr: "" };
      assert.deepEqual(await run.call("on_connect", info), { allow: true });
      await until(() => run.pushes("log").length === 3);
    });
  });

  test("to configure fails the calls of its route until it succeeds", async () => {
    let works = false;
    await withPlugin({
      onConfigure() {
        if (!works) throw new Error("no database");
      },
      onRequest: () => allow(),
    }, async (run) => {
      await run.configure("r:0");
      assert.ok(run.lines.some(({ error }) => error === "no database"));
      assert.equal((await run.call("on_request", request())).status, 500);
      works = true;
      await run.configure("r:0");
      assert.equal((await run.call("on_request", request())).allow, true);
    });
  });

  test("hears by its signal that it took too long", async () => {
    let reason: unknown;
    await withPlugin({
      deadline: 20,
      onRequest: (req) =>
        new Promise(() => req.signal.addEventListener("abort", () => reason = req.signal.reason)),
    }, async (run) => {
      await run.configure("a:0");
      assert.equal((await run.call("on_request", request())).status, 500);
      assert.ok(reason instanceof GibbonError && reason.code === "DEADLINE");
    });
  });

  test("is kept from piling up: past the limit of calls, further ones fail", async () => {
    const finish = gate();
    let inside = 0;
    await withPlugin({
      async onRequest() {
        inside++;
        await finish.passed;
      },
    }, async (run) => {
      await run.configure("a:0");
      const calls = [run.call("on_request", request()), run.call("on_request", request())];
      await until(() => inside === 2);
      assert.equal((await run.call("on_request", request())).status, 500);
      finish.open();
      assert.deepEqual((await Promise.all(calls)).map(({ allow }) => allow), [true, true]);
    }, { calls: 2 });
  });
});

describe("several plugins in one process", () => {
  test("are asked one after the other; the first that denies ends it", async () => {
    const asked: string[] = [];
    await withPlugin([
      {
        onRequest(req) {
          asked.push("first");
          if (req.path === "/no") return deny(403, "first");
          return allow({ headers: { a: "1", b: "1" }, speedLimit: { downloadMbps: 5 } });
        },
      },
      { onResponse: () => ({ status: 404, remove: ["a"] }) },
      {
        onRequest() {
          asked.push("third");
          return allow({ headers: { b: "3" }, speedLimit: { downloadMbps: 2, groupKey: "g" } });
        },
        onResponse: () => ({ headers: { x: "y" }, remove: ["b"] }),
      },
    ], async (run) => {
      await run.configure("a:0");
      assert.deepEqual(run.pushes("ready")[0].hooks, ["on_request", "on_response"]);
      const merged = await run.call("on_request", request());
      assert.deepEqual(merged.headers, { a: "1", b: "3" });
      assert.deepEqual(merged.speedLimit, { downloadMbps: 2, uploadMbps: 0, groupKey: "g" });
      assert.equal((await run.call("on_request", request({ path: "/no" }))).body, "first");
      assert.deepEqual(asked, ["first", "third", "first"]);
      const resp = { status: 200, headers: {} };
      assert.deepEqual(await run.call("on_response", { req: request(), resp }), {
        status: 404,
        headers: { x: "y" },
        remove: ["a", "b"],
      });
    });
  });
});

describe("pushes", () => {
  /** Runs `say` with the host as a plugin sees it, and waits for its pushes. */
  async function pushesOf(say: (prox: Prox) => void, count: number) {
    let lines: PluginRun["lines"] = [];
    await withPlugin({ onConfigure: (_, prox) => say(prox) }, async (run) => {
      await run.configure("a:0");
      const pushes = () => run.lines.filter(({ method }) => method !== undefined);
      await until(() => pushes().length >= count);
      lines = pushes();
    });
    assert.equal(lines.length, count);
    return lines;
  }

  test("carry targets: flat, grouped, by action, for all; speed limits; log entries", async () => {
    const lines = await pushesOf((prox) => {
      prox.setTargets("gateway:0", ["10.0.1.1:3505", "10.0.1.2:3505"]);
      prox.setTargets("*", []);
      prox.setTargets({ action: "dynamic" }, { de: ["de:1"], us: [] });
      prox.setSpeedLimit("gateway:0", { downloadMbps: 50, uploadMbps: 10 });
      prox.setSpeedLimit({ action: "dynamic" }, { downloadMbps: 2.5, groupKey: "user-1" });
      prox.log.warn("low on\ntargets", { left: 1, error: new Error("e"), none: undefined });
    }, 6);
    assert.deepEqual(lines, [
      {
        method: "set_targets",
        params: { route_id: "gateway:0", targets: ["10.0.1.1:3505", "10.0.1.2:3505"] },
      },
      { method: "set_targets", params: { route_id: "*", targets: [] } },
      {
        method: "set_targets",
        params: { action: "dynamic", groups: { de: ["de:1"], us: [] } },
      },
      {
        method: "set_speed",
        params: { route_id: "gateway:0", download_mbps: 50, upload_mbps: 10 },
      },
      {
        method: "set_speed",
        params: { action: "dynamic", download_mbps: 2.5, upload_mbps: 0, group_key: "user-1" },
      },
      {
        method: "log",
        params: {
          level: "warn",
          message: "low on\ntargets",
          args: ["left", 1, "error", "Error: e"],
        },
      },
    ]);
  });

  test("carry groups of any keys", async () => {
    const isArgument = { code: "PDK_ARGUMENT" };
    const text = '{"constructor":["c:1"],"__proto__":["p:1"],"toString":["t:1"]}';
    const [push] = await pushesOf((prox) => prox.setTargets("*", JSON.parse(text)), 1);
    assert.equal(JSON.stringify(push?.params?.groups), text);
    await pushesOf((prox) => {
      assert.throws(() => prox.setTargets("*", { de: [1] } as never), isArgument);
      assert.throws(() => prox.setTargets("*", { de: "a" } as never), isArgument);
      assert.throws(() => prox.setTargets("*", "a" as never), isArgument);
      prox.log.info("done");
    }, 1);
  });

  test("that replace one another are joined, the last behind all that came before", async () => {
    const lines = await pushesOf((prox) => {
      for (let turn = 0; turn < 1000; turn++) prox.setTargets("*", [`all:${turn}`]);
      prox.setTargets("a:0", ["own:1"]);
      prox.setTargets("*", ["all:last"]);
      prox.setSpeedLimit("*", { downloadMbps: 1 });
      prox.setSpeedLimit("*", { downloadMbps: 1, groupKey: "g" });
      prox.setSpeedLimit("*", { downloadMbps: 2 });
    }, 4);
    assert.deepEqual(lines.map(({ params }) => params.targets ?? params.download_mbps), [
      ["own:1"],
      ["all:last"],
      1,
      2,
    ]);
  });

  test("come no more than sixteen at a time, and none is lost", async () => {
    const lines = await pushesOf((prox) => {
      for (let route = 0; route < 100; route++) prox.setTargets(`r:${route}`, ["x:1"]);
    }, 100);
    assert.deepEqual(lines.map(({ params }) => params.route_id), [
      ...Array.from({ length: 100 }, (_, route) => `r:${route}`),
    ]);
  });

  test("that a host could not read are refused", async () => {
    const errors: unknown[] = [];
    const attempt = (run: () => void) => {
      try {
        run();
      } catch (error) {
        errors.push((error as GibbonError).code);
      }
    };
    await pushesOf((prox) => {
      attempt(() => prox.setTargets("*", Array.from({ length: 5000 }, (_, i) => `host-${i}:80`)));
      attempt(() => prox.setTargets("", []));
      attempt(() => prox.setTargets("*", [1] as never));
      attempt(() => prox.setTargets({ action: "" }, []));
      attempt(() => prox.setTargets("*", "10.0.0.1:1" as never));
      attempt(() => prox.setSpeedLimit("*", { downloadMbps: -1 }));
      attempt(() => prox.setSpeedLimit("*", { downloadMbps: NaN }));
      prox.setTargets("*", ["good:1"]);
    }, 1);
    assert.deepEqual(errors, ["LIMIT", ...Array(6).fill("PDK_ARGUMENT")]);
  });

  test("of endless log entries stay short, in number and length", async () => {
    await withPlugin({
      onConfigure(_, prox) {
        prox.log.info("\u0001".repeat(100_000), { a: "\u0001".repeat(100_000), f: () => 1 });
        for (let entry = 0; entry < 10_000; entry++) prox.log.debug(`entry ${entry}`);
      },
    }, async (run) => {
      await run.configure("a:0");
      await until(() => run.pushes("log").some(({ message }) => /left out/.test(message)));
      const longest = Math.max(...run.lines.map((line) => JSON.stringify(line).length));
      assert.ok(longest < LINE_BYTES, String(longest));
      assert.ok(run.lines.length < 5000);
    }, { graceMs: 1 });
  });
});

describe("a host's connection", () => {
  const garbage: Record<string, Uint8Array> = {
    "a frame of 2 MiB": fromHex("00200000"),
    "no envelope": frame(encode("hello"), "big"),
    "HTTP": Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "an empty frame": frame(new Uint8Array(0), "big"),
    "a hook that there is not": frame(encode({ t: 9, d: encode({}) }), "big"),
    "more calls than may wait": concat(...Array.from({ length: 40 }, () => call("/hang"))),
  };
  for (const [title, bytes] of Object.entries(garbage)) {
    test(`is closed for what makes no sense, and others live on: ${title}`, async () => {
      await withPlugin({
        onRequest: (req) => req.path === "/hang" ? new Promise<never>(() => {}) : allow(),
      }, async (run) => {
        await run.configure("a:0");
        const peer = await rawHost(run);
        peer.connection?.write(bytes);
        await until(() => peer.closes === 1);
        assert.deepEqual(peer.chunks, []);
        assert.equal(run.notes.length, 1);
        assert.equal((await run.call("on_request", request())).allow, true);
      }, { graceMs: 20, callMs: 1000 });
    });
  }

  test("that ends in the middle of a frame is let go of", async () => {
    await withPlugin({ onRequest: () => allow() }, async (run) => {
      await run.configure("a:0");
      const peer = await rawHost(run);
      peer.connection?.write(call("/").subarray(0, 20));
      peer.connection?.end();
      await until(() => peer.closes === 1);
      assert.equal((await run.call("on_request", request())).allow, true);
    });
  });

  test("that goes away while a handler runs aborts its signal", async () => {
    const begun = gate();
    const aborted = gate();
    await withPlugin({
      onRequest(req) {
        req.signal.addEventListener("abort", aborted.open);
        begun.open();
        return aborted.passed.then(() => allow());
      },
    }, async (run) => {
      await run.configure("a:0");
      const peer = await rawHost(run);
      peer.connection?.write(call("/"));
      await begun.passed;
      peer.connection?.destroy();
      await aborted.passed;
    });
  });

  for (const [manner, cut] of Object.entries(CUTS)) {
    test(`gets its answers in order, however the calls are cut: ${manner}`, async () => {
      await withPlugin({
        async onRequest(req) {
          if (req.path === "/0") await new Promise((resolve) => setTimeout(resolve, 5));
          return deny(200, req.path);
        },
      }, async (run) => {
        await run.configure("a:0");
        const peer = await rawHost(run);
        const paths = Array.from({ length: 8 }, (_, index) => `/${index}`);
        for (const piece of cut(concat(...paths.map(call)))) peer.connection?.write(piece);
        await until(() => framesOf(peer).length === paths.length);
        const bodies = framesOf(peer).map((bytes) => unmarshalResult("on_request", bytes).body);
        assert.deepEqual(bodies, paths);
        peer.connection?.destroy();
      });
    });
  }

  test("is closed instead of being sent an answer that is too long for a frame", async () => {
    await withPlugin({ onRequest: () => deny(200, "x".repeat(FRAME_BYTES)) }, async (run) => {
      await run.configure("a:0");
      await assert.rejects(run.call("on_request", request()), { code: "SOCKET_FAILED" });
      assert.ok(run.notes.some((note) => note.includes("longer than a frame")));
    });
  });

  test("that is closed begins nothing more of what came in one piece with the reason", async () => {
    const paths: string[] = [];
    await withPlugin({
      onRequest: ({ path }) => {
        paths.push(path);
        return path === "/2" ? deny(403, "x".repeat(FRAME_BYTES)) : allow();
      },
    }, async (run) => {
      await run.configure("a:0");
      const host = await rawHost(run);
      host.connection?.write(concat(call("/1"), call("/2"), call("/3"), call("/4")));
      await until(() => host.closes === 1);
      assert.deepEqual(paths, ["/1", "/2"]);
    });
  });

  test("that never reads its answers is closed, and others live on", async () => {
    await withPlugin({
      onRequest: (req) => req.path === "/big" ? deny(200, "x".repeat(900_000)) : allow(),
    }, async (run) => {
      await run.configure("a:0");
      const silent = net.connect(run.socket);
      silent.on("error", () => {});
      silent.pause();
      await once(silent, "connect");
      for (let index = 0; index < 30; index++) silent.write(call("/big"));
      await until(() => run.notes.some((note) => note.includes("does not read its answers")));
      assert.equal((await run.call("on_request", request())).allow, true);
      silent.destroy();
    });
  });

  test("past the limit is closed at once", async () => {
    await withPlugin({ onRequest: () => allow() }, async (run) => {
      await run.configure("a:0");
      const first = await rawHost(run);
      const second = await rawHost(run);
      const third = await rawHost(run);
      await until(() => third.closes === 1);
      assert.equal(first.closes + second.closes, 0);
      first.connection?.destroy();
      second.connection?.destroy();
    }, { connections: 2 });
  });
});
