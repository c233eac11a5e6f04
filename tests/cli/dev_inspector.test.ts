// gibbon dev with the inspector, as a process: its options, errors with their source, and that nothing
// becomes of a plugin by being watched.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { InspectorClient } from "../dev/inspector/inspected.ts";
import { until } from "../support/until.ts";
import { replaceFile, useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();

const plugin = (name: string, access: string) => `
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "${name}",
  version: "1.0.0",
  access: ${access},
});
`;

/** Starts dev; gives a client for its inspector. */
async function startDev(files: Readonly<Record<string, string>>) {
  const directory = await space.folder(files);
  const { gibbon, url } = await space.dev([directory]);
  await gibbon.printing(/Inspector: http\S+\n/);
  const [, inspector = ""] = /Inspector: (\S+)/.exec(gibbon.stdout()) ?? [];
  return { gibbon, url, directory, client: new InspectorClient(inspector) };
}

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

describe("gibbon dev's inspector", () => {
  test("is there, on the port that was asked for or not at all", async () => {
    const { client, url } = await startDev({ "one.ts": plugin("one", "() => {}") });
    assert.equal((await get(`${url}/seen`)).status, 200);
    assert.equal((await client.newest()).target, "/seen");
    const directory = await space.folder({});
    const { gibbon } = await space.dev([directory, "--no-inspector"]);
    await gibbon.printing("Try: curl");
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0);
    assert.ok(!gibbon.stdout().includes("Inspector"), gibbon.stdout());
  });

  test("whose port is taken is said to be missing, and dev goes on", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    space.later(() => new Promise((resolve) => taken.close(resolve)));
    const { port } = taken.address() as AddressInfo;
    const directory = await space.folder({ "one.ts": plugin("one", "() => {}") });
    const { gibbon, url } = await space.dev([directory, "--inspector-port", String(port)]);
    await gibbon.printing(`something listens on 127.0.0.1:${port} already`);
    assert.equal((await get(url)).status, 200);
  });

  test("shows an error with the plugin's source, also where the gateway made it", async () => {
    const { url, client, directory } = await startDev({
      "thrower.ts": plugin(
        "thrower",
        `async (kong) => {
    const path: string = await kong.request.getPath();
    if (path === "/throws") throw new TypeError("it is wrong");
    if (path === "/deep") deep(path);
    if (path === "/refused") await kong.response.getStatus();
    if (path === "/pdk") await kong.service.setUpstream("no such upstream");
  }`,
      ) + "\nimport { deep } from './deep.ts';\n",
      "deep.ts": "// A comment.\nexport function deep(path: string): void {\n" +
        '  throw new Error("deep " + path);\n}\n',
    });
    const frameOf = async (path: string) => {
      assert.equal((await get(url + path)).status, 500, path);
      const detail = await client.newest();
      const error = detail.runs.find(({ error }) => error !== undefined)?.error;
      assert.ok(error, path);
      assert.equal(detail.hasFailed, true);
      const { frame } = error;
      assert.ok(frame, `${path}: ${JSON.stringify(error)}`);
      return { error, file: frame.file, line: frame.lines[frame.line - frame.from] };
    };
    const thrown = await frameOf("/throws");
    assert.equal(thrown.file, join(directory, "thrower.ts"));
    assert.match(thrown.line!, /throw new TypeError\("it is wrong"\)/);
    assert.equal(thrown.error.message, "it is wrong");
    assert.ok(thrown.error.stack.some(({ isOwn }) => isOwn));
    const deep = await frameOf("/deep");
    assert.equal(deep.file, join(directory, "deep.ts"));
    assert.match(deep.line!, /throw new Error\("deep "/);
    const refused = await frameOf("/refused");
    assert.match(refused.line!, /getStatus\(\)/);
    assert.equal(refused.error.code, "PDK_PHASE");
    // After an edit the source is the new one.
    await replaceFile(
      join(directory, "thrower.ts"),
      plugin("thrower", `() => {\n    // Moved.\n    throw new Error("moved");\n  }`),
    );
    const moved = await frameOf("/throws");
    assert.match(moved.line!, /throw new Error\("moved"\)/);
  });

  test("shows a broken edit until it is mended, and settings that are not right", async () => {
    const { client, url, directory } = await startDev({ "one.ts": plugin("one", "() => {}") });
    const problems = async () => (await client.list()).problems;
    assert.deepEqual(await problems(), []);
    const live = await client.listen();
    await replaceFile(join(directory, "one.ts"), "// 1\nexport const = 2;\n");
    await get(url);
    const [broken, ...others] = await problems();
    assert.deepEqual(others, []);
    assert.match(broken!.message, /one cannot be loaded: SyntaxError/);
    assert.equal(broken!.consequence, "one runs as it was before the last edit.");
    assert.deepEqual([broken!.frame?.file, broken!.frame?.line], [join(directory, "one.ts"), 2]);
    await until(() => live.batches.some((batch) => batch.problems.length === 1));
    await replaceFile(join(directory, "one.ts"), plugin("one", "() => {}"));
    await replaceFile(join(directory, "gibbon.dev.json"), '{ "upstream": 3 }');
    await get(url);
    const [settings, ...more] = await problems();
    assert.deepEqual(more, []);
    assert.match(settings!.message, /gibbon\.dev\.json/);
    await replaceFile(join(directory, "gibbon.dev.json"), "{}");
    await get(url);
    assert.deepEqual(await problems(), []);
    await until(() => live.batches.at(-1)!.problems.length === 0);
    live.close();
  });

  test("changes nothing of what becomes of a plugin", async () => {
    const files = {
      "kinds.ts": plugin(
        "kinds",
        `async (kong) => {
    const path = await kong.request.getPath();
    if (path === "/unawaited-wrong") kong.response.getStatus();
    if (path === "/unawaited-argument") kong.service.request.setHeader("x", {} as never);
    if (path === "/caught") await kong.response.getStatus().catch(() => {});
    if (path === "/caught-later") {
      const call = kong.response.getStatus();
      await kong.request.getMethod();
      await call.catch(() => {});
    }
    if (path === "/unawaited-fine") kong.response.setHeader("x-set", "1");
    if (path === "/exit-caught") {
      try { kong.response.exit(418, "tea"); } catch { /* goes on */ }
      await kong.response.setHeader("x", "y");
    }
    if (path === "/twice") {
      const [a, b] = await Promise.all([kong.request.getHeaders(), kong.request.getHeaders()]);
      a["x-mine"] = ["1"];
      kong.response.exit(200, b["x-mine"] === undefined ? "apart" : "shared");
    }
    if (path === "/late") setTimeout(() => kong.request.getMethod().catch(() => {}), 1);
    if (path === "/order") {
      const order: string[] = [];
      await Promise.all([
        kong.request.getMethod().then(() => order.push("method")),
        kong.request.getPath().then(() => order.push("path")),
        kong.request.getHost().then(() => order.push("host")),
      ]);
      kong.response.exit(200, order.join());
    }
  }`,
      ),
    };
    const paths = [
      "/unawaited-wrong",
      "/unawaited-argument",
      "/caught",
      "/caught-later",
      "/unawaited-fine",
      "/exit-caught",
      "/twice",
      "/late",
      "/order",
      "/after",
    ];
    const seen = async (args: readonly string[]) => {
      const directory = await space.folder(files);
      const { url } = await space.dev([directory, ...args]);
      const answers: Record<string, unknown> = {};
      for (const path of paths) {
        const { status, text } = await get(url + path);
        answers[path] = [status, text.startsWith("{") ? undefined : text];
      }
      return answers;
    };
    const watched = await seen([]);
    assert.deepEqual(watched, await seen(["--no-inspector"]));
    assert.deepEqual(watched["/twice"], [200, "apart"]);
    assert.deepEqual((watched["/exit-caught"] as unknown[])[0], 418);
    assert.deepEqual((watched["/unawaited-wrong"] as unknown[])[0], 500);
    assert.deepEqual((watched["/caught"] as unknown[])[0], 200);
  });
});
