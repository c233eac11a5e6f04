// gibbon dev and plugins that block or end its process: Ctrl-C works, another process takes over, and it
// is said who did it.
import assert from "node:assert/strict";
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { replaceFile, useWorkspace } from "../support/workspace.ts";

const space = useWorkspace();

const plugin = (name: string, access: string, more = "") => `
import { definePlugin } from "gibbon";
export default definePlugin({ name: "${name}", version: "1.0.0", ${more} access: ${access} });
`;

const SPIN = plugin(
  "spin",
  `async (kong) => {
  const path = await kong.request.getPath();
  if (path === "/spin") for (;;);
  if (path === "/pid") kong.response.exit(200, String(process.pid));
}`,
);

/** A request; undefined if it got no answer. */
const get = (url: string) =>
  fetch(url).then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch(() => undefined);

/** Waits until requests are answered by another process than `before`. */
async function another(url: string, before: string | undefined): Promise<string> {
  let pid: string | undefined;
  await until(async () => {
    pid = (await get(`${url}/pid`))?.text;
    return pid !== undefined && pid !== before;
  });
  return pid!;
}

describe("gibbon dev's process", () => {
  test("that a plugin blocks is told of, and ended by Ctrl-C", async () => {
    const { gibbon, url, temporary } = await space.dev([await space.folder({ "spin.ts": SPIN })]);
    const spinning = get(`${url}/spin`);
    await gibbon.saying("spin in access");
    assert.match(gibbon.stderr(), /spin\.ts\) has blocked the process for 2 s/);
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0);
    assert.match(gibbon.stderr(), /spin in access \(.*spin\.ts\) does not come to an end/);
    assert.equal(await spinning, undefined);
    assert.deepEqual(await readdir(temporary), []);
  });

  test("that a plugin blocks for too long is replaced, on the same port", async () => {
    const folder = await space.folder({ "spin.ts": SPIN });
    const { gibbon, url } = await space.dev([folder, "--worker-timeout", "1"]);
    const first = await another(url, undefined);
    assert.equal(await get(`${url}/spin`), undefined);
    await another(url, first);
    assert.match(gibbon.stderr(), /spin in access .* blocked the process; another one takes its/);
    assert.equal(gibbon.stdout().match(/Try: curl/g)?.length, 1);
    gibbon.signal("SIGTERM");
    assert.equal((await gibbon.ended).code, 0);
  });

  test("that dies is replaced, and what ran last is named", async () => {
    const { gibbon, url } = await space.dev([await space.folder({ "spin.ts": SPIN })]);
    const first = await another(url, undefined);
    // One that dies as soon as it is there is not started again and again.
    await new Promise((resolve) => setTimeout(resolve, 3100));
    process.kill(Number(first), "SIGKILL");
    await another(url, first);
    assert.match(gibbon.stderr(), /the process ended by SIGKILL; what ran last was spin in access/);
  });

  test("that a module blocks when it is imported waits for an edit", async () => {
    const folder = await space.folder({ "spin.ts": SPIN });
    const { gibbon, url } = await space.dev([folder, "--worker-timeout", "1"]);
    await replaceFile(join(folder, "spin.ts"), "for (;;);\n");
    assert.equal(await get(`${url}/pid`), undefined);
    await gibbon.saying("served again when a plugin has been edited");
    assert.match(gibbon.stderr(), /the module \S+spin\.ts blocked the process/);
    await replaceFile(join(folder, "spin.ts"), SPIN);
    await another(url, undefined);
    await replaceFile(join(folder, "spin.ts"), "for (;;);\n");
    await gibbon.saying(/edited[^]*edited/);
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0);
  });

  test("whose init loops is told of by the plugin's name", async () => {
    const looping = plugin("looping", "() => {}", "init() { for (;;); },");
    const folder = await space.folder({ "looping.ts": looping });
    const gibbon = space.gibbon(["dev", folder, "--port", "0", "--no-inspector"], {
      env: { TMPDIR: await space.folder() },
    });
    await gibbon.saying("looping in init");
    gibbon.signal("SIGINT");
    assert.equal((await gibbon.ended).code, 0);
  });

  test("ends with the one that keeps it, also while a plugin blocks it", async () => {
    const { gibbon, url } = await space.dev([await space.folder({ "spin.ts": SPIN })]);
    const pid = Number(await another(url, undefined));
    const spinning = get(`${url}/spin`);
    await gibbon.saying("has blocked the process");
    gibbon.signal("SIGKILL");
    await gibbon.ended;
    assert.equal(await spinning, undefined);
    await until(() => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    });
  });

  test("is started anew when packages have come", async () => {
    const folder = await space.folder({
      "uses.ts": plugin("uses", "(kong) => kong.response.exit(200, word + early)").replace(
        "\n",
        '\nimport { word } from "latecomer";\nimport early from "early";\n',
      ),
      "node_modules/early/package.json": '{ "name": "early", "main": "main.js" }',
      "node_modules/early/main.js": "module.exports = ' and early';\n",
    });
    const { gibbon, url } = await space.dev([folder]);
    assert.equal((await get(url))?.status, 500);
    assert.match(gibbon.stderr(), /npm install --prefix \S+ latecomer/);
    const home = join(folder, "node_modules/latecomer");
    const files = await space.folder({
      "package.json": '{ "name": "latecomer", "type": "module", "exports": "./main.js" }',
      "main.js": "export const word = 'late';\n",
    });
    await rename(files, home);
    await until(async () => (await get(url))?.text === "late and early");
  });

  test("says why it cannot start, and leaves nothing behind", async () => {
    const temporary = await space.folder();
    const gibbon = space.gibbon(["dev", "/nowhere", "--port", "0"], { env: { TMPDIR: temporary } });
    assert.equal((await gibbon.ended).code, 1);
    assert.match(
      gibbon.stderr(),
      /PLUGIN_DIRECTORY: The plugins directory \/nowhere does not exist/,
    );
    assert.deepEqual(await readdir(temporary), []);
  });
});

describe("gibbon dev FILE", () => {
  test("runs the plugin of that file alone, and its edits", async () => {
    const folder = await space.folder({
      "one.ts": plugin("one", '(kong) => kong.response.exit(200, "first")'),
      "two.ts": "throw new Error('not wanted');\n",
    });
    const { gibbon, url } = await space.dev([join(folder, "one.ts")]);
    assert.match(gibbon.stdout(), /plugins of \S+: one; /);
    assert.equal((await get(url))?.text, "first");
    const edited = plugin("one", '(kong) => kong.response.exit(200, "second")');
    await replaceFile(join(folder, "one.ts"), edited);
    assert.equal((await get(url))?.text, "second");
    assert.equal(gibbon.stderr(), "");
  });

  test("refuses a file that is no module", async () => {
    const folder = await space.folder({ "notes.md": "# Notes\n" });
    const gibbon = space.gibbon(["dev", join(folder, "notes.md")], {
      env: { TMPDIR: await space.folder() },
    });
    assert.equal((await gibbon.ended).code, 1);
    assert.match(gibbon.stderr(), /OPTION_INVALID: \S+notes\.md is no module/);
  });
});

test("errors of calls say where in the plugin the call is, with or without the inspector", async () => {
  const folder = await space.folder({
    "one.ts": plugin("one", "async (kong) => {\n  await kong.request.getBody();\n}"),
  });
  for (const more of [[], ["--no-inspector"]]) {
    const { gibbon, url } = await space.dev([folder, ...more]);
    const response = await fetch(url);
    assert.equal(response.status, 500);
    assert.match(
      response.headers.get("x-gibbon-failure") ?? "",
      /^one in access: .*Kong has no message for it in ProtoBuf:1/,
    );
    await gibbon.printing(/GET \/ → 500 in .* one \(failed in access\)/);
    await gibbon.saying("Kong has no message for it in ProtoBuf:1");
    await gibbon.saying(/> 4 \| {3}await kong\.request\.getBody\(\);/);
  }
});

test("takes bodies up to --max-body", async () => {
  const folder = await space.folder({ "one.ts": plugin("one", "() => {}") });
  const { url } = await space.dev([folder, "--max-body", "2KiB"]);
  const post = async (length: number) => {
    const response = await fetch(url, { method: "POST", body: "x".repeat(length) });
    return { status: response.status, text: await response.text() };
  };
  assert.equal((await post(2048)).status, 200);
  const { status, text } = await post(2049);
  assert.equal(status, 413);
  assert.match(text, /up to 2048 bytes; --max-body says otherwise/);
});

test("gibbon dev --json says everything as one object a line", async () => {
  const folder = await space.folder({
    "one.ts": plugin(
      "one",
      `async (kong) => {
      await kong.log.notice("told");
      if (await kong.request.getPath() === "/bad") throw new TypeError("bad\\nnews");
    }`,
    ),
  });
  const { gibbon, url } = await space.dev([folder, "--json"]);
  await get(`${url}/good?x=ä`);
  await get(`${url}/bad`);
  await until(() => gibbon.stdout().split('"type":"request"').length === 3);
  const all = gibbon.stdout().trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(all.map(({ type }) => type), [
    "ready",
    "log",
    "request",
    "log",
    "log",
    "request",
  ]);
  const [ready, told, good, , failed, bad] = all;
  assert.equal(ready.url, url);
  assert.deepEqual(ready.plugins, ["one"]);
  assert.match(ready.inspector.url, /^http:/);
  assert.deepEqual([told.level, told.plugin], ["notice", "one"]);
  assert.deepEqual([good.method, good.target, good.status], ["GET", "/good?x=%C3%A4", 200]);
  assert.deepEqual(good.plugins, [{ plugin: "one", phase: "access", end: "returned" }]);
  assert.equal(failed.level, "error");
  assert.match(failed.stack[0], /TypeError: bad/);
  assert.equal(bad.status, 500);
  assert.ok(all.every(({ time }) => !Number.isNaN(Date.parse(time))));
});
