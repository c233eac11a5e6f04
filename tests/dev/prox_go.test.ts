// A plugin of prox in Go in the development gateway: an executable that is not gibbon's.
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ProxFiles } from "../../src/dev/prox/files.ts";
import type { GatewayOptions } from "../../src/dev/gateway_options.ts";
import { type RunningDev, startDev } from "./dev_gateway.ts";
import { gibbonCommand } from "../support/gibbon.ts";
import { buildGo } from "../support/go.ts";
import { withFolder } from "../support/folder.ts";

const peers = await buildGo(new URL("../prox/go", import.meta.url), "./plugin");
const skip = peers.missing;
after(() => peers.remove());

async function withGoPlugin(
  options: Partial<GatewayOptions>,
  use: (dev: RunningDev) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    // Its socket goes into the test's own folder.
    const program = join(folder, "program");
    await writeFile(program, `#!/bin/sh\nTMPDIR='${folder}' exec '${peers.program("plugin")}'\n`);
    await chmod(program, 0o700);
    const files = await ProxFiles.find([program], { command: gibbonCommand(), folder });
    const dev = await startDev([], { prox: { plugins: await files.renew() }, ...options });
    try {
      await use(dev);
    } finally {
      await dev.close();
    }
  });
}

describe("a Go plugin of prox in the development gateway", () => {
  test("denies, drops, and changes requests and responses", { skip }, async () => {
    await withGoPlugin({}, async (dev) => {
      const { status, headers, json } = await dev.get("/hello", { headers: ["X-Name", "Ann"] });
      assert.equal(status, 203);
      assert.equal(headers["x-path"], "/hello");
      assert.equal(json.headers["X-Greeting"] ?? json.headers["x-greeting"], "Ann");
      const denied = await dev.get("/deny");
      assert.deepEqual([denied.status, denied.text], [401, "Who are you?\n\n"]);
      await assert.rejects(dev.get("/drop"));
    });
  });

  test("refuses connections", { skip }, async () => {
    await withGoPlugin({ config: { prox: { domain: "evil.example.com" } } }, async (dev) => {
      await assert.rejects(dev.get("/"));
      assert.ok(dev.entries.some((entry) => entry.includes("has denied a connection")));
    });
  });
});
