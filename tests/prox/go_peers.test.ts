// gibbon and Go, both ways, over real sockets: our host with a Go plugin, a Go host with our plugin.
import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RoundRobinBalancer } from "../../src/prox/host/balancers.ts";
import { gibbonCommand } from "../support/gibbon.ts";
import { buildGo } from "../support/go.ts";
import { runProcess } from "../support/process.ts";
import { withFolder } from "../support/folder.ts";
import { withHost } from "./host_run.ts";
import { request, until } from "./plugin_run.ts";

const PLUGIN = fileURLToPath(new URL("plugins/auth.ts", import.meta.url));
const ROUTE = "r:0";

const peers = await buildGo(new URL("go", import.meta.url), "./plugin", "./host");
const skip = peers.missing;
after(() => peers.remove());

describe("a Go plugin under gibbon's host", () => {
  test("answers every hook, pushes, and lives through a reload", { skip }, async () => {
    await withHost(async (host) => {
      const balancer = new RoundRobinBalancer();
      // Killed, it leaves its socket behind: in the test's own folder.
      const plugin = await host.script(
        "go",
        `TMPDIR='${host.folder}' exec '${peers.program("plugin")}'`,
      );
      const bindings = [{ routeId: ROUTE, plugin }];
      const routes = new Map([[ROUTE, { action: "dynamic", balancer }]]);
      host.manager.configure(bindings, routes);
      await host.manager.start();
      await until(() => host.manager.hasHook(ROUTE, "on_request"));
      const ask = (path: string) =>
        host.manager.onRequest(
          ROUTE,
          request({
            path,
            headers: { "X-Name": "Ann" },
            matchDomain: "de",
            contentLength: 5_000_000_000,
            body: new Uint8Array(65_536),
          }),
        );
      assert.deepEqual(await ask("/"), {
        allow: true,
        headers: { "X-Greeting": "Ann" },
        speedLimit: { downloadMbps: 2.5, uploadMbps: 0, groupKey: "de" },
        cleanQuery: false,
        rewritePath: "",
      });
      const denied = await ask("/deny");
      assert.deepEqual([denied.status, denied.body], [401, "Who are you?\n"]);
      assert.equal((await ask("/drop")).drop, true);
      assert.equal((await ask("/fallback")).fallback, true);
      assert.deepEqual(
        await host.manager.onResponse(ROUTE, request({ path: "/p" }), {
          status: 200,
          headers: {},
        }),
        { status: 203, headers: { "X-Path": "/p" }, remove: ["Server"] },
      );
      const connect = (domain: string) =>
        host.manager.onConnect(ROUTE, { routeId: ROUTE, domain, remoteAddr: "" });
      assert.equal((await connect("evil.example.com")).allow, false);
      assert.equal((await connect("example.com")).allow, true);
      const bytes = { bytesRx: 0, bytesTx: 2 ** 40, durationMs: 1 };
      host.manager.onDisconnect(ROUTE, { routeId: ROUTE, remoteAddr: "", ...bytes });
      await until(() => host.logged("disconnected bytes=1099511627776") === 1);
      assert.equal(balancer.next(), "127.0.0.1:1");

      let failed = 0;
      const calls = Array.from({ length: 500 }, () => ask("/").catch(() => failed++));
      await host.manager.reconfigure([...bindings, { ...bindings[0]!, routeId: "s:0" }], routes);
      await Promise.all(calls);
      assert.equal(failed, 0);
      await until(() => balancer.next() === "127.0.0.1:3");

      process.kill(host.manager.pidOf(plugin)!, "SIGKILL");
      await until(() => host.logged("a plugin has ended") === 1);
      // Until it is ready again calls fail: nobody may think that it has allowed something.
      await until(() => ask("/deny").then(({ status }) => status === 401, () => false));
      assert.equal(host.logged("message was skipped"), 0, host.entries.join("\n"));
    });
  });
});

describe("a gibbon plugin under a Go host", () => {
  test(
    "answers every hook, 32 callers at once, and ends when its stdin does",
    { skip },
    async () => {
      await withFolder(async (folder) => {
        const sockets = join(folder, "t");
        await mkdir(sockets);
        const args = [...gibbonCommand(), "prox", PLUGIN];
        const { report, stderr } = await runHost(args, { TMPDIR: sockets });
        assert.match(stderr, /nobody shall pass/);
        assert.deepEqual(report["hooks"], [
          "on_request",
          "on_response",
          "on_connect",
          "on_disconnect",
        ]);
        assert.deepEqual(report["/"].Headers, { "X-Greeting": "Hello, Bob!" });
        assert.deepEqual([report["/deny"].Allow, report["/deny"].Status], [false, 401]);
        assert.equal(report["/drop"].Drop, true);
        assert.equal(report["/fallback"].Fallback, true);
        assert.equal(report["/throw"].Status, 500);
        assert.deepEqual(report["response"], {
          Status: 203,
          Headers: { "X-Path": "/p" },
          Remove: ["Server"],
        });
        assert.deepEqual([report["evil.example.com"], report["good.example.com"]], [false, true]);
        assert.equal(report["allowed"], 3200);
        assert.deepEqual([report["readyAgain"], report["notJSON"]], [0, 0]);
        assert.deepEqual([report["exit"], report["socketGone"]], ["<nil>", true]);
        const pushes: { method: string; params: Record<string, unknown> }[] = report["pushes"];
        const targets = pushes.filter(({ method }) => method === "set_targets");
        assert.deepEqual(targets.at(-1)?.params["targets"], ["127.0.0.1:4"]);
        const messages = pushes.map(({ params }) => params["message"]);
        assert.ok(messages.includes("auth failed in onRequest: broken on purpose"));
        assert.ok(messages.includes("disconnected"));
        assert.deepEqual(await readdir(sockets), []);
      });
    },
  );

  // deno-lint-ignore no-explicit-any -- the host's report is JSON that the test looks into
  async function runHost(args: readonly string[], env: Record<string, string>): Promise<any> {
    const { code, stdout, stderr } = await runProcess([peers.program("host"), ...args], { env });
    assert.equal(code, 0, stderr);
    return { report: JSON.parse(stdout), stderr };
  }
});
