// Lives of plugins: gibbon's under prox itself, and those of prox's Go SDK under gibbon's host. Needs
// GIBBON_PROX (see real_prox.test.ts), and GIBBON_PROX_SDK_PLUGIN: the executable that `go build` makes of prox's
// examples/plugin-auth.
import assert from "node:assert/strict";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Later } from "../../support/folder.ts";
import { withFolder } from "../../support/folder.ts";
import { lives } from "../../support/process.ts";
import { withHost } from "../host_run.ts";
import { request, until } from "../plugin_run.ts";
import { sendRaw, startRawService } from "./raw_http.ts";
import { noProx, proxProgram, type RunningProx, startProx } from "./real_prox.ts";
import { SERVICE_ANSWER } from "./scenarios.ts";

const SDK_PLUGIN = process.env["GIBBON_PROX_SDK_PLUGIN"];
const noSdk = SDK_PLUGIN === undefined && "GIBBON_PROX_SDK_PLUGIN names no plugin of prox's SDK";

const GUARD = `
import { allow, defineProxPlugin, deny } from "gibbon/prox";
console.log("printed by the plugin");
export default defineProxPlugin({
  async onRequest(req, prox) {
    prox.log.warn("asked about", { path: req.path });
    if (req.path === "/sleep") await new Promise((resolve) => setTimeout(resolve, 600_000));
    return req.path === "/pid" ? deny(200, String(process.pid)) : deny(401, "No.");
  },
});
`;

async function withGuard(
  text: string,
  use: (prox: RunningProx, file: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder, later: Later) => {
    const service = await startRawService(SERVICE_ANSWER, later);
    const file = join(folder, "guard.ts");
    await writeFile(file, text);
    const plugin = await proxProgram(folder, file);
    const upstream = `127.0.0.1:${service.port}`;
    await use(await startProx({ folder, plugin, upstream }, later), file);
    assert.deepEqual(service.requests, [], "a request came past the guard");
  });
}

async function get({ port }: RunningProx, path: string) {
  const { first, body } = await sendRaw(
    port,
    `GET ${path} HTTP/1.1\r\nHost: dev.test\r\nConnection: close\r\n\r\n`,
  );
  return { status: Number(first.split(" ")[1]), body };
}

test(
  "prox itself lets nothing through when gibbon's plugin is killed",
  { skip: noProx },
  async () => {
    await withGuard(GUARD, async (prox) => {
      const pid = Number((await get(prox, "/pid")).body);
      process.kill(pid, "SIGKILL");
      const seen = new Set<number>();
      await until(async () => {
        const { status, body } = await get(prox, "/pid");
        seen.add(status);
        return status === 200 && Number(body) !== pid;
      });
      assert.deepEqual([...seen].sort(), [200, 500]);
      assert.equal((await get(prox, "/")).status, 401);
    });
  },
);

test("prox itself refuses everything for a plugin of gibbon's that cannot be loaded", {
  skip: noProx,
}, async () => {
  await withGuard("export const a = 1;\nconst b = ;\n", async (prox, file) => {
    assert.equal((await get(prox, "/")).status, 500);
    await prox.process.saying(/ERR.*everything is refused[^]*guard\.ts:2:11/);
    await writeFile(file, GUARD);
    await until(async () => (await get(prox, "/")).status === 401);
  });
});

test("prox itself shows what gibbon's plugin logs, and what it prints when it debugs", {
  skip: noProx,
}, async () => {
  await withGuard(GUARD, async (prox) => {
    await get(prox, "/path");
    await prox.process.saying(/W.*asked about.*\/path/);
    await prox.process.saying(/D.*printed by the plugin/);
  });
});

test(
  "prox itself is not held up at its end by a handler of gibbon's",
  { skip: noProx },
  async () => {
    await withGuard(GUARD, async (prox) => {
      const pid = Number((await get(prox, "/pid")).body);
      const sleeping = get(prox, "/sleep").catch(() => {});
      await prox.process.saying(/asked about.*\/sleep/);
      prox.process.signal("SIGTERM");
      await prox.process.ended;
      await until(() => !lives(pid));
      await sleeping;
      // What the plugin says when it has waited for the handler for as long as it may.
      assert.doesNotMatch(prox.process.stderr(), /calls were cut off/);
    });
  },
);

test(
  "a plugin of prox's SDK answers gibbon's host, and lives through reloads",
  { skip: noSdk },
  async () => {
    await withHost(async (host) => {
      const plugin = join(host.folder, "auth");
      await copyFile(SDK_PLUGIN!, plugin);
      const bindings = [{ routeId: "r:0", plugin, match: { domain: "*.**", path: "/*" } }];
      host.manager.configure(bindings);
      await host.manager.start();
      await until(() => host.manager.isReady(plugin));
      const ask = (headers: Record<string, string> = {}) =>
        host.manager.onRequest("r:0", request({ headers }));
      const denied = await ask();
      assert.deepEqual([denied.allow, denied.status, denied.body], [false, 401, "Unauthorized"]);
      const token = { Authorization: "Bearer 12345678-more" };
      assert.deepEqual((await ask(token)).headers, { "X-User-ID": "user-12345678" });
      const response = { status: 200, headers: { Server: "x" } };
      assert.deepEqual(await host.manager.onResponse("r:0", request(), response), {
        status: 0,
        headers: { "X-Powered-By": "prox" },
        remove: ["Server"],
      });
      // It says that it is ready with every configure: calls under way must not mind.
      let failed = 0;
      const calls = Array.from({ length: 500 }, () => ask(token).catch(() => failed++));
      for (let index = 0; index < 5; index++) await host.manager.reconfigure(bindings);
      await Promise.all(calls);
      assert.equal(failed, 0);
      process.kill(host.manager.pidOf(plugin)!, "SIGKILL");
      await until(() => host.logged("a plugin has ended") === 1);
      assert.equal(host.manager.hasHook("r:0", "on_request"), true);
      await until(() => ask().then(({ status }) => status === 401, () => false));
    });
  },
);
