// Plugins of prox around Kong's in the development gateway: real processes, seen from an HTTP client.
// Slow: each test has processes of plugins of its own, which it breaks, kills or edits.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { ProxFiles } from "../../src/dev/prox/files.ts";
import type { GatewayOptions, GatewayProx } from "../../src/dev/gateway_options.ts";
import { type RunningDev, send, startDev, startService, type TestPlugin } from "./dev_gateway.ts";
import { gibbonCommand } from "../support/gibbon.ts";
import { until } from "../runtime/peer.ts";
import { withFolder } from "../support/folder.ts";

/** Does what the path says. */
const GUARD = `
import {
  acceptConn, allow, defineProxPlugin, deny, drop, fallback, modifyResponse, rejectConn,
} from "gibbon/prox";

export default defineProxPlugin({
  onRequest(req, prox) {
    const [, what, ...rest] = req.path.split("/");
    switch (what) {
      case "deny":
        return deny(401, "Who are you?", { headers: { "WWW-Authenticate": "Bearer" } });
      case "drop":
        return drop();
      case "fallback":
        return fallback();
      case "throw":
        throw new Error("broken on purpose");
      case "rewrite":
        return allow({ rewritePath: "/elsewhere", cleanQuery: true });
      case "targets":
        prox.setTargets(req.routeId, rest);
        return deny(204, "");
      case "slow":
        return allow({ speedLimit: { downloadMbps: 80 } });
      case "facts":
        return deny(200, JSON.stringify({
          ...req.vars, label: req.matchDomain, host: req.host, target: req.target,
          body: new TextDecoder().decode(req.body),
        }));
      case "pid":
        return deny(200, String(process.pid));
    }
    return allow({ headers: { "X-User": "ann" } });
  },
  onResponse: (req, resp) =>
    modifyResponse({ status: 203, headers: { "X-Was": String(resp.status) }, remove: ["X-Secret"] }),
  onConnect: (conn) => conn.domain.startsWith("evil.") ? rejectConn() : acceptConn(),
  onDisconnect: (event, prox) => prox.log.info("a client has left", { ms: event.durationMs }),
});
`;

/** Kong's side: it sees what prox's plugins did to the request. */
const INNER: TestPlugin = {
  name: "inner",
  access: async (kong) => {
    await kong.response.setHeader("X-Inner", String(await kong.request.getHeader("x-user")));
    await kong.response.setHeader("X-Secret", "from Kong's plugin");
  },
};

interface Setup extends Partial<GatewayOptions> {
  /** Files of plugins by their names; `guard.ts` unless said otherwise. */
  readonly files?: Readonly<Record<string, string>>;
  readonly patience?: Partial<GatewayProx>;
}

/** What a test works with. */
interface ProxDev extends RunningDev {
  readonly folder: string;
  readonly proxFiles: ProxFiles;
}

async function withProx(
  use: (dev: ProxDev) => Promise<void>,
  { files = { "guard.ts": GUARD }, patience = {}, ...options }: Setup = {},
): Promise<void> {
  await withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const paths = Object.keys(files).map((name) => join(folder, name));
    // A plugin that is killed leaves the folder of its socket behind: here.
    const command = ["env", `TMPDIR=${folder}`, ...gibbonCommand()];
    const proxFiles = await ProxFiles.find(paths, { command, folder });
    const prox: GatewayProx = {
      plugins: await proxFiles.renew(),
      // A process of a runtime that has to compile gibbon takes its time.
      patienceMs: 20_000,
      restartDelayMs: () => 10,
      ...patience,
    };
    const dev = await startDev([INNER], { prox, ...options });
    try {
      await use({ ...dev, folder, proxFiles });
    } finally {
      await dev.close();
    }
  });
}

const logged = (dev: RunningDev, text: string) =>
  until(() => dev.entries.some((entry) => entry.includes(text)));

/** A module that never comes to its end: its plugin is never ready. */
const WAITING =
  "await new Promise((resolve) => setTimeout(resolve, 60_000));\nexport default {};\n";

describe("a plugin of prox in the development gateway", () => {
  test("puts headers into what Kong's plugins and the service get, and changes the response", async () => {
    await withProx(async (dev) => {
      const { status, headers, json } = await dev.get("/hello?a=1");
      assert.equal(status, 203);
      assert.equal(headers["x-was"], "200");
      assert.equal(headers["x-inner"], "ann");
      assert.equal(headers["x-secret"], undefined);
      assert.equal(json.headers["X-User"] ?? json.headers["x-user"], "ann");
      assert.equal(json.path, "/hello");
      await dev.over(1);
      assert.match(dev.lines[0] ?? "", /^GET \/hello\?a=1 → 203 in .* inner$/);
    });
  });

  test("denies, drops and rewrites", async () => {
    await withProx(async (dev) => {
      const denied = await dev.get("/deny");
      assert.deepEqual([denied.status, denied.text], [401, "Who are you?\n"]);
      assert.equal(denied.headers["www-authenticate"], "Bearer");
      assert.equal(denied.headers["x-inner"], undefined);
      assert.equal(denied.headers["x-was"], undefined);
      await dev.over(1);
      assert.match(dev.lines[0] ?? "", /→ 401 in .* prox denied it$/);

      await assert.rejects(dev.get("/drop"));
      const { json } = await dev.get("/rewrite?token=secret");
      assert.deepEqual([json.path, json.query], ["/elsewhere", {}]);
    });
  });

  test("that throws stops the request", async () => {
    await withProx(async (dev) => {
      const { status, headers } = await dev.get("/throw");
      assert.deepEqual([status, headers["x-inner"]], [500, undefined]);
      await logged(dev, "broken on purpose");
      assert.equal((await dev.get("/")).status, 203);
    });
  });

  test("sends requests to the fallback, past Kong's plugins", async () => {
    const service = await startService((request, response) => response.end(`at ${request.url}`));
    try {
      await withProx(async (dev) => {
        const { status, text, headers } = await dev.get("/fallback?x=1");
        assert.deepEqual([status, text], [203, "at /base/fallback?x=1"]);
        assert.equal(headers["x-inner"], undefined);
      }, { config: { prox: { fallback: `${service.url}/base` } } });
    } finally {
      await service.close();
    }
    await withProx(async (dev) => {
      const { text, headers } = await dev.get("/fallback");
      assert.deepEqual([text, headers["x-was"]], ["Bad Gateway\n", "502"]);
      await dev.over(1);
      assert.match(dev.lines[0] ?? "", /prox\.fallback in gibbon\.dev\.json/);
    });
  });

  test("pushes targets, which take turns", async () => {
    const services = await Promise.all(
      ["one", "two"].map((name) => startService((_, response) => response.end(name))),
    );
    try {
      await withProx(async (dev) => {
        const targets = services.map(({ url }) => new URL(url).host);
        await dev.get(`/targets/${targets.join("/")}`);
        const seen = new Set<string>();
        // The push is on its way while the first request is already served by the echo.
        while (!seen.has("one") || !seen.has("two")) seen.add((await dev.get("/")).text);
        const turns = [await dev.get("/"), await dev.get("/")].map(({ text }) => text).sort();
        assert.deepEqual(turns, ["one", "two"]);
        const { json } = await dev.get("/facts");
        assert.ok(targets.includes(json.target), json.target);
      });
    } finally {
      for (const service of services) await service.close();
    }
  });

  test("is told the route's domain and variables, and asked for its hosts alone", async () => {
    const config = { prox: { domain: "*.test", vars: { tier: "gold" } } };
    await withProx(async (dev) => {
      const { json } = await dev.get("/facts", { method: "POST", body: "a body" });
      assert.deepEqual(json, {
        tier: "gold",
        label: "dev",
        host: "dev.test",
        target: "",
        body: "a body",
      });
    }, { config });
    await withProx(async (dev) => {
      const { status, text } = await dev.get("/facts");
      assert.equal(status, 404);
      assert.match(text, /dev\.test is not \*\.example/);
    }, { config: { prox: { domain: "*.example" } } });
  });

  test("refuses connections, and is told of the end of others", async () => {
    await withProx(async (dev) => {
      await dev.get("/");
      await logged(dev, "a client has left");
    });
    await withProx(async (dev) => {
      await assert.rejects(dev.get("/"));
      await logged(dev, "a plugin of prox has denied a connection");
    }, { config: { prox: { domain: "evil.example" } } });
  });

  test("slows responses down, which come whole", async () => {
    const body = "x".repeat(300_000);
    const service = await startService((_, response) => response.end(body));
    try {
      await withProx(async (dev) => {
        assert.equal((await dev.get("/slow")).text, body);
      }, { upstream: service.url });
    } finally {
      await service.close();
    }
  });

  test("that is killed keeps requests waiting until it is back", async () => {
    await withProx(async (dev) => {
      const first = (await dev.get("/pid")).text;
      assert.equal(Number(first), dev.gateway.proxPid("guard.ts"));
      process.kill(Number(first), "SIGKILL");
      const replies = await Promise.all(
        [1, 2, 3].map(() => dev.get("/pid").catch(() => undefined)),
      );
      // One that was on its way when the process died is answered with 500, none passes.
      for (const reply of replies) {
        assert.ok(reply === undefined || [200, 500].includes(reply.status));
      }
      // The host may learn of the end later than those requests did.
      let back = first;
      while (back === first) {
        const reply = await dev.get("/pid").catch(() => undefined);
        assert.ok(reply === undefined || [200, 500].includes(reply.status));
        if (reply?.status === 200) back = reply.text;
      }
      assert.equal(Number(back), dev.gateway.proxPid("guard.ts"));
    });
  });

  test("that never gets ready stops every request", async () => {
    await withProx(
      async (dev) => {
        const { status, headers } = await dev.get("/");
        assert.deepEqual([status, headers["x-inner"]], [500, undefined]);
        await dev.over(1);
        assert.match(dev.lines[0] ?? "", /500 in .* prox failed: broken\.ts is not ready$/);
      },
      { files: { "broken.ts": WAITING }, patience: { patienceMs: 300 } },
    );
  });

  test("that cannot be loaded closes every connection, and says why", async () => {
    await withProx(async (dev) => {
      await assert.rejects(dev.get("/"));
      await logged(dev, "PLUGIN_BROKEN");
    }, { files: { "broken.ts": "export default {{" } });
  });

  test("is asked about every connection, also about those that came when it was not ready", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (url: string) =>
      new Promise<number>((resolve, reject) => {
        http.get(url, { agent }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        }).on("error", reject);
      });
    try {
      await withProx(
        async (dev) => {
          assert.equal(await ask(dev.gateway.url), 500);
          await writeFile(
            join(dev.folder, "plugin.ts"),
            `
            import { defineProxPlugin, rejectConn } from "gibbon/prox";
            export default defineProxPlugin({ onConnect: () => rejectConn() });
          `,
          );
          await dev.gateway.reloadProx(await dev.proxFiles.renew());
          await until(() => dev.gateway.proxPid("plugin.ts") !== undefined);
          await logged(dev, "a plugin is ready");
          await assert.rejects(ask(dev.gateway.url));
        },
        { files: { "plugin.ts": WAITING }, patience: { patienceMs: 1000 } },
      );
    } finally {
      agent.destroy();
    }
  });

  test("stands in a row with others: the first that denies is the last that is asked", async () => {
    const saying = (name: string) => `
      import { allow, defineProxPlugin, deny } from "gibbon/prox";
      export default defineProxPlugin({
        onRequest: (req) =>
          req.path === "/stop/${name}"
            ? deny(403, "${name}")
            : allow({ headers: { "X-User": "${name}", "X-${name}": "was asked" } }),
      });
    `;
    await withProx(
      async (dev) => {
        const { json, headers } = await dev.get("/");
        const names = Object.keys(json.headers).map((name) => name.toLowerCase());
        assert.ok(names.includes("x-first") && names.includes("x-second"));
        assert.equal(headers["x-inner"], "second");
        assert.equal((await dev.get("/stop/first")).text, "first\n");
        assert.equal((await dev.get("/stop/second")).text, "second\n");
      },
      { files: { "a.ts": saying("first"), "b.ts": saying("second") } },
    );
  });

  test("is replaced while it is asked: what it has begun it ends", async () => {
    const waiting = (name: string) => `
      import { defineProxPlugin, deny } from "gibbon/prox";
      import { existsSync } from "node:fs";
      export default defineProxPlugin({
        async onRequest(req) {
          if (req.path === "/wait") console.log("${name} waits");
          while (req.path === "/wait" && !existsSync(import.meta.dirname + "/go")) {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          return deny(200, "${name}");
        },
      });
    `;
    await withProx(
      async (dev) => {
        const slow = dev.get("/wait");
        await logged(dev, "old waits");
        await writeFile(join(dev.folder, "plugin.ts"), waiting("new"));
        await dev.gateway.reloadProx(await dev.proxFiles.renew());
        assert.equal((await dev.get("/")).text, "new\n");
        await writeFile(join(dev.folder, "go"), "");
        assert.equal((await slow).text, "old\n");
      },
      { files: { "plugin.ts": waiting("old") } },
    );
  });

  test("leaves no process behind when the gateway closes", async () => {
    let pid = 0;
    await withProx(async (dev) => {
      pid = dev.gateway.proxPid("guard.ts") ?? 0;
      assert.equal((await send(dev.gateway.url, "/pid")).text, `${pid}\n`);
    });
    assert.throws(() => process.kill(pid, 0));
  });
});
