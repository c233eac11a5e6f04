// gibbon's host and gibbon's plugins as real processes: the command line, the #! line, the end.
// Slow: about 15 processes of plugins, each started for one test.
import assert from "node:assert/strict";
import { chmod, copyFile, cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RoundRobinBalancer } from "../../src/prox/host/balancers.ts";
import { quoted as quotedWord } from "../../src/base/shell_word.ts";
import { gibbonCommand, runGibbon } from "../support/gibbon.ts";
import { type HostRun, withHost } from "./host_run.ts";
import { request, until } from "./plugin_run.ts";

const PLUGINS = fileURLToPath(new URL("plugins", import.meta.url));
const ROUTE = "r:0";

/** A command for a shell. */
const quoted = (words: readonly string[]) => words.map(quotedWord).join(" ");

/** Makes the folder where these plugins keep their sockets, so that a test sees what is left there. */
async function socketFolder(host: HostRun): Promise<string> {
  const folder = join(host.folder, "t");
  await mkdir(folder);
  return folder;
}

/** A script that starts `gibbon prox` on a file or a folder. */
async function wrapped(host: HostRun, path: string): Promise<string> {
  const sockets = await socketFolder(host);
  const command = quoted([...gibbonCommand(), "prox", path]);
  return await host.script("plugin", `TMPDIR=${quoted([sockets])} exec ${command}`);
}

const ask = (host: HostRun, path: string, headers: Record<string, string> = {}, query = "") =>
  host.manager.onRequest(ROUTE, request({ routeId: ROUTE, path, headers, query }));

describe("a gibbon plugin under a gibbon host", () => {
  test("does all that a plugin can do, prints to stderr alone, and leaves no socket", async () => {
    await withHost(async (host) => {
      const plugin = await wrapped(host, join(PLUGINS, "auth.ts"));
      const balancer = new RoundRobinBalancer();
      host.manager.configure(
        [{ routeId: ROUTE, plugin, match: { domain: "*.**" } }],
        new Map([[ROUTE, { action: "dynamic", balancer }]]),
      );
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      const allowed = await ask(host, "/", {}, "name=Ann%20B");
      assert.deepEqual([allowed.allow, allowed.headers], [true, { "X-Greeting": "Hello, Ann B!" }]);
      const denied = await ask(host, "/deny");
      assert.deepEqual([denied.allow, denied.status, denied.body], [false, 401, "Who are you?\n"]);
      assert.deepEqual(denied.headers, { "WWW-Authenticate": "Bearer" });
      assert.equal((await ask(host, "/drop")).drop, true);
      assert.equal((await ask(host, "/fallback")).fallback, true);
      assert.equal((await ask(host, "/throw")).status, 500);
      const response = { status: 200, headers: { Server: "x" } };
      assert.deepEqual(
        await host.manager.onResponse(ROUTE, request({ path: "/p" }), response),
        { status: 203, headers: { "X-Path": "/p" }, remove: ["Server"] },
      );
      const connect = (domain: string) =>
        host.manager.onConnect(ROUTE, { routeId: ROUTE, domain, remoteAddr: "192.0.2.1:1" });
      assert.deepEqual(await connect("evil.example.com"), { allow: false });
      assert.deepEqual(await connect("good.example.com"), { allow: true });
      host.manager.onDisconnect(ROUTE, {
        routeId: ROUTE,
        remoteAddr: "x",
        bytesRx: 0,
        bytesTx: 5_000_000_000,
        durationMs: 1,
      });
      await until(() => host.logged("disconnected bytes=5000000000") === 1);
      await until(() => balancer.next() === "127.0.0.1:1");
      await until(() => host.manager.getSpeedLimit(ROUTE).downloadBps === 1_000_000);
      await until(() => host.logged("failed in onRequest: broken on purpose") === 1);
      assert.equal(host.logged("[debug] this must not reach the host plugin=plugin"), 1);
      assert.equal(host.logged("message was skipped"), 0, host.entries.join("\n"));
      const sockets = join(host.folder, "t");
      assert.equal((await readdir(sockets)).length, 1);
      await host.manager.stop();
      assert.deepEqual(await readdir(sockets), []);
      assert.equal(host.logged("it is killed"), 0);
    });
  });

  test("is a program of its own: a file with a #! line and the run bit", async () => {
    await withHost(async (host) => {
      await host.script("gibbon", `exec ${quoted(gibbonCommand())} "$@"`);
      await cp(join(PLUGINS, "folder"), join(host.folder, "folder"), { recursive: true });
      const plugin = join(host.folder, "auth.ts");
      await copyFile(join(PLUGINS, "auth.ts"), plugin);
      await chmod(plugin, 0o755);
      const { PATH } = process.env;
      process.env["PATH"] = `${host.folder}:${PATH}`;
      try {
        host.manager.configure([{ routeId: ROUTE, plugin }]);
        await host.manager.start();
      } finally {
        process.env["PATH"] = PATH;
      }
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      assert.equal((await ask(host, "/deny")).status, 401);
    });
  });

  test("is back after SIGKILL, told its routes, with its targets kept meanwhile", async () => {
    await withHost(async (host) => {
      const plugin = await wrapped(host, join(PLUGINS, "auth.ts"));
      const balancer = new RoundRobinBalancer();
      host.manager.configure(
        [{ routeId: ROUTE, plugin }, { routeId: "s:0", plugin }],
        new Map([[ROUTE, { action: "dynamic", balancer }]]),
      );
      await host.manager.start();
      await until(() => balancer.next() === "127.0.0.1:2");
      process.kill(host.manager.pidOf(plugin)!, "SIGKILL");
      await until(() => host.logged("a plugin has ended") === 1);
      assert.equal(host.manager.hasHook(ROUTE, "on_request"), true);
      assert.equal(balancer.next(), "127.0.0.1:2");
      await until(() => host.manager.isReady(plugin));
      assert.equal(host.manager.hasHook("s:0", "on_request"), true);
      assert.equal((await ask(host, "/deny")).status, 401);
      // The folder of the killed one goes with the start of the next.
      await until(async () => (await readdir(join(host.folder, "t"))).length === 1);
    });
  });

  test("ends in order on SIGTERM", async () => {
    await withHost(async (host) => {
      const plugin = await wrapped(host, join(PLUGINS, "auth.ts"));
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      process.kill(host.manager.pidOf(plugin)!, "SIGTERM");
      await until(() => host.logged("a plugin has ended") === 1);
      const end = host.entries.find((entry) => entry.includes("a plugin has ended"));
      assert.match(end ?? "", /code=0/);
    });
  });

  test("is not ended by what a handler leaves behind", async () => {
    await withHost(async (host) => {
      const plugin = await wrapped(host, join(PLUGINS, "auth.ts"));
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      assert.equal((await ask(host, "/leave")).drop, true);
      await until(() => host.logged("left behind") > 0);
      assert.equal((await ask(host, "/deny")).status, 401);
      assert.equal(host.logged("a plugin has ended"), 0);
    });
  });

  const unloadable: Record<string, string> = {
    "has a syntax error": "export default {",
    "throws": 'throw new Error("on purpose");',
    "imports what is not there": 'import "./nowhere.ts";',
    "is no plugin": "export const a = 1;",
  };
  for (const [title, source] of Object.entries(unloadable)) {
    test(`that ${title} refuses everything, says why, and is back when it is mended`, async () => {
      await withHost(async (host) => {
        const folder = join(host.folder, "broken");
        await cp(join(PLUGINS, "folder"), join(folder, "folder"), { recursive: true });
        const file = join(folder, "guard.ts");
        await writeFile(file, source);
        const plugin = await wrapped(host, file);
        host.manager.configure([{ routeId: ROUTE, plugin }]);
        await host.manager.start();
        await until(() => host.manager.isReady(plugin));
        assert.deepEqual([(await ask(host, "/")).allow, (await ask(host, "/")).status], [
          false,
          500,
        ]);
        const connection = { routeId: ROUTE, domain: "", remoteAddr: "" };
        assert.equal((await host.manager.onConnect(ROUTE, connection)).allow, false);
        await until(() => host.logged("[error] everything is refused: ") === 1);
        const before = host.manager.pidOf(plugin);
        await copyFile(join(PLUGINS, "auth.ts"), file);
        await until(() => host.manager.pidOf(plugin) !== before && host.manager.isReady(plugin));
        assert.equal((await ask(host, "/deny")).status, 401);
        assert.equal((await ask(host, "/")).allow, true);
      });
    });
  }

  test("may be a folder of them in one process", async () => {
    await withHost(async (host) => {
      const folder = join(host.folder, "folder");
      await cp(join(PLUGINS, "folder"), folder, { recursive: true });
      for (const name of ["c.test.ts", "c_test.ts", "c.spec.js", "_c.ts"]) {
        await writeFile(join(folder, name), 'throw new Error("it is no plugin");');
      }
      const plugin = await wrapped(host, folder);
      host.manager.configure([{ routeId: ROUTE, plugin }]);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      assert.equal((await ask(host, "/")).status, 401);
      const verdict = await ask(host, "/", { Authorization: "x" });
      assert.deepEqual(verdict.headers, { "X-A": "a", "X-B": "b" });
    });
  });
});

describe("gibbon prox", () => {
  /** Runs it on a module's text, with nothing on stdin. */
  async function run(host: HostRun, source: string | undefined) {
    const file = join(host.folder, "plugin.ts");
    if (source !== undefined) await writeFile(file, source);
    return await runGibbon(["prox", file]);
  }

  const DEFINE = 'import { defineProxPlugin } from "gibbon/prox";\nexport default defineProxPlugin';
  const broken: Record<string, [string | undefined, RegExp]> = {
    "that is not there": [undefined, /PLUGIN_DIRECTORY/],
    "that throws": ['throw new Error("on purpose");', /PLUGIN_BROKEN[^]*on purpose/],
    "with a syntax error": ["export const a = 1;\nconst b = ;\n", /plugin\.ts:2:11/],
    "that ends the process": ["process.exit(0);\nexport {};", /process\.exit\(0\) was called/],
    "without a default export": ["export const a = 1;", /PLUGIN_INVALID[^]*defineProxPlugin/],
    "for Kong": [
      'import { definePlugin } from "gibbon";\nexport default definePlugin({ access() {} });',
      /PLUGIN_INVALID/,
    ],
    "without a handler": [`${DEFINE}({});`, /PLUGIN_INVALID[^]*no handler/],
    "with a handler that is none": [`${DEFINE}({ onRequest: 1 } as never);`, /onRequest/],
    "with a handler that nobody calls": [`${DEFINE}({ onBoot() {} } as never);`, /onBoot/],
  };
  for (const [title, [source, wanted]] of Object.entries(broken)) {
    test(`does not begin with a module ${title}`, async () => {
      await withHost(async (host) => {
        const { code, stdout, stderr } = await run(host, source);
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, wanted);
      });
    });
  }

  test("ends by itself when its stdin has nothing more", async () => {
    await withHost(async (host) => {
      const { code, stdout } = await run(host, `${DEFINE}({ onRequest() {} });`);
      assert.deepEqual([code, stdout], [0, ""]);
    });
  });
});
