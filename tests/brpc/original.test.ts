// brpc itself beside gibbon, for those who have its source: GIBBON_BRPC is the folder of a checkout.
// Slow, where it runs: it builds a program in Go, and starts it for each test.
import assert from "node:assert/strict";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { NUMBERED_NAMES } from "../../src/brpc/hub/names.ts";
import { makeFolder } from "../support/folder.ts";
import { buildGo } from "../support/go.ts";
import { type Started, startProcess } from "../support/process.ts";
import { HubProcess } from "./hub_process.ts";
import { gibbonPlugins } from "./processes.ts";
import { type HubRun, PATIENCE_MS, runtime, until, withHub } from "./support.ts";

const SOURCE = process.env["GIBBON_BRPC"];
const BURST = 10_000;

/** Builds our program on the source that was named. */
async function buildOriginal(source: string) {
  const folder = await makeFolder();
  after(() => folder.remove());
  const program = fileURLToPath(new URL("original/main.go", import.meta.url));
  await copyFile(program, join(folder.path, "main.go"));
  const lines = [
    "module gibbon-brpc-original",
    "go 1.23",
    "require github.com/easysy/brpc v0.0.0",
    `replace github.com/easysy/brpc => ${source}`,
  ];
  await writeFile(join(folder.path, "go.mod"), `${lines.join("\n")}\n`);
  const built = await buildGo(pathToFileURL(`${folder.path}/`), ".");
  after(() => built.remove());
  return { path: built.program("gibbon-brpc-original"), missing: built.missing };
}

/** Payloads that come back as they went. */
const PAYLOADS: readonly unknown[] = [
  123,
  -1.5,
  "ü€😀",
  true,
  ["a", ["b"]],
  { a: { b: [null] } },
  "x".repeat(200_000),
];

function describePluginOfBrpc(path: string): void {
  const plug = (hub: HubRun, name = "sample") => {
    const run = startProcess([path, "plugin", hub.address, name, "v1.2.3"]);
    hub.later(() => run.kill());
    return run;
  };
  const joined = async (hub: HubRun) => {
    const run = plug(hub);
    assert.ok(await hub.socket.waitFor("sample", PATIENCE_MS), run.stderr());
    return run;
  };

  describe("gibbon's hub and a plugin of brpc", () => {
    test("shake hands, and exchange payloads, errors, panics and traces", async () => {
      await withHub(async (hub) => {
        await joined(hub);
        const info = hub.socket.pluginInfo("sample");
        assert.equal(info?.version, "v1.2.3");
        const fields = info?.functions["Add"]?.input?.fields ?? [];
        assert.deepEqual(fields.map(({ name, type, mandatory }) => [name, type, mandatory]), [
          ["a", "float64", true],
          ["b", "float64", false],
        ]);
        const call = (method: string, payload?: unknown, trace = "") =>
          hub.socket.call("sample", method, payload, { trace }).catch((e: Error) => e.message);
        for (const payload of PAYLOADS) assert.deepEqual(await call("Echo", payload), payload);
        assert.equal(await call("Fail", 1), "went wrong on purpose");
        assert.equal(await call("Panic", 1), "panic: on purpose");
        assert.equal(await call("None", 1), "method not found");
        assert.equal(await call("Trace", 1, "id-7"), "id-7");
        const sums = await Promise.all(
          Array.from({ length: 500 }, (_, i) => call("Add", { a: i, b: 1 })),
        );
        assert.deepEqual(sums, sums.map((_, i) => i + 1));
      });
    });

    test(`lose none of ${BURST} async values, in their order`, async () => {
      await withHub(async (hub) => {
        const reader = hub.socket.async();
        await joined(hub);
        const call = hub.socket.call("sample", "Burst", BURST);
        assert.equal((await reader.next()).value.payload, "v1.2.3 connected");
        for (let i = 0; i < BURST; i++) assert.equal((await reader.next()).value.payload, i);
        assert.equal(await call, BURST);
      });
    });

    test("settle a conflict of names, and part gracefully", async () => {
      await withHub(
        async (hub) => {
          const left: [string, boolean][] = [];
          hub.socket.registerCallback(({ name }, graceful) => left.push([name, graceful]));
          const first = await joined(hub);
          plug(hub);
          assert.ok(await hub.socket.waitFor("sample-2", PATIENCE_MS));
          const call = hub.socket.call("sample", "Slow", 300);
          await hub.socket.unplug("sample");
          assert.equal(await call, 300);
          assert.equal((await first.ended).code, 0);
          await hub.socket.shutdown();
          assert.deepEqual(left, [["sample", true], ["sample-2", true]]);
        },
        {},
        { keySequencer: NUMBERED_NAMES },
      );
    });
  });
}

function describeHubOfBrpc(path: string, command: readonly string[]): void {
  const withOriginal = async (
    use: (hub: HubProcess, start: (name: string, ...more: string[]) => Started) => Promise<void>,
  ) => {
    const hub = new HubProcess([path, "hub", "127.0.0.1:0"]);
    const runs: Started[] = [];
    try {
      await until(() => hub.lines.length > 0);
      const { address } = hub.lines[0];
      await use(hub, (name, ...more) => {
        const run = startProcess([...command, address, name, ...more]);
        runs.push(run);
        return run;
      });
    } finally {
      await Promise.all([...runs.map((run) => run.kill()), hub.run.kill()]);
    }
  };
  const connected = (hub: HubProcess, times = 1) =>
    until(() => hub.events("v1.2.3 connected", "sample").length === times);

  describe("a hub of brpc and gibbon's plugin", () => {
    test("shake hands, and exchange payloads, errors, panics and traces", async () => {
      await withOriginal(async (hub, start) => {
        start("sample");
        await connected(hub);
        const { info } = await hub.order("info", "sample");
        assert.equal(info.functions.add.input.fields[2].fields[0].type, "map[string]string");
        for (const payload of PAYLOADS) {
          assert.deepEqual(await hub.call("sample", "echo", payload), payload);
        }
        assert.equal(await hub.call("sample", "fail"), "error: went wrong on purpose");
        assert.equal(await hub.call("sample", "panic"), "error: panic: on purpose");
        assert.equal(await hub.call("sample", "none"), "error: method not found");
        assert.equal(await hub.call("sample", "trace", 1, "id-7"), "id-7");
      });
    });

    test(`lose none of ${BURST} async values`, async () => {
      await withOriginal(async (hub, start) => {
        start("sample");
        await connected(hub);
        assert.equal(await hub.call("sample", "flood", BURST), BURST);
        await until(async () => (await hub.order("values", "")).values === BURST);
      });
    });

    test("settle a conflict of names by refusal, and part gracefully", async () => {
      await withOriginal(async (hub, start) => {
        const first = start("sample");
        await connected(hub);
        const second = start("sample");
        assert.equal((await second.ended).code, 1);
        assert.match(second.stderr(), /PLUGIN_DUPLICATE/);
        const call = hub.call("sample", "slow", 300);
        await hub.call("sample", "echo", 1);
        await hub.order("unplug", "sample");
        assert.equal(await call, 300);
        assert.equal((await first.ended).code, 0);
      });
    });

    test("meet again after an unplug that brpc cannot tell from its end", async () => {
      await withOriginal(async (hub, start) => {
        start("sample", "--reconnect");
        await connected(hub);
        await hub.order("unplug", "sample");
        await connected(hub, 2);
        assert.equal(await hub.call("sample", "echo", 1), 1);
      });
    });
  });
}

// The reasons are in the titles because Bun and Deno do not print those of a skip.
if (SOURCE === undefined) {
  test("there is no original of brpc: GIBBON_BRPC is not set", { skip: true }, () => {});
} else {
  const { path, missing } = await buildOriginal(SOURCE);
  if (missing !== undefined) throw new Error(`brpc cannot be built: ${missing}`);
  const command = (await gibbonPlugins()).find(([name]) => name === runtime.name)?.[1];
  describePluginOfBrpc(path);
  describeHubOfBrpc(path, command as readonly string[]);
}
