// gibbon dev --prox as a process: plugins of prox beside Kong's, edits that take effect, and mistakes.
// Slow: the gateway waits 5 s for a plugin that is broken before it answers with 500.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gibbonCommand, runGibbon } from "../support/gibbon.ts";
import { replaceFile, useWorkspace } from "../support/workspace.ts";

const guard = (word: string) => `
import { allow, defineProxPlugin, deny } from "gibbon/prox";
export default defineProxPlugin({
  onRequest(req) {
    console.log("${word} is asked for", req.path);
    return req.header("X-Pass") ? allow({ headers: { "X-By": "${word}" } }) : deny(401, "${word}");
  },
});
`;
const KONG = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  name: "inner",
  version: "1.0.0",
  config: v.object({}),
  async access(kong) {
    await kong.response.setHeader("x-inner", await kong.request.getHeader("x-by") ?? "nobody");
  },
});
`;

const space = useWorkspace();
const dev = (...args: string[]) => space.dev(args);

async function ask(url: string, pass = false) {
  const response = await fetch(`${url}/path`, { headers: pass ? { "X-Pass": "1" } : {} });
  // prox ends a denial with a line end.
  const text = (await response.text()).replace(/\n$/, "");
  return { status: response.status, text, inner: response.headers.get("x-inner") };
}

/** Asks until a text is the answer. */
async function untilSays(url: string, text: string): Promise<void> {
  while ((await ask(url)).text !== text) await sleep(20);
}

describe("gibbon dev --prox", () => {
  test("runs a file around Kong's plugins, shows what it prints, and cleans up", async () => {
    const directory = await space.folder({ "inner.ts": KONG });
    const file = join(await space.folder({ "it's a guard.ts": guard("guard") }), "it's a guard.ts");
    const { gibbon, url, temporary } = await dev(directory, "--prox", file);
    assert.match(gibbon.stdout(), /plugins of .*: inner, around them prox's: it's a guard\.ts;/);
    assert.deepEqual(await ask(url), { status: 401, text: "guard", inner: null });
    const { status, inner } = await ask(url, true);
    assert.deepEqual([status, inner], [200, "guard"]);
    await gibbon.saying("guard is asked for /path");
    gibbon.signal("SIGTERM");
    assert.equal((await gibbon.ended).code, 0);
    assert.deepEqual(await readdir(temporary), []);
  });

  test("takes edits of a file, and of an executable", async () => {
    const directory = await space.folder({ "inner.ts": KONG });
    const file = join(await space.folder({ "one.ts": guard("one") }), "one.ts");
    const { url } = await dev(directory, "--prox", file);
    assert.equal((await ask(url)).text, "one");
    await replaceFile(file, guard("two"));
    await untilSays(url, "two");

    const modules = await space.folder({ "a.ts": guard("three"), "b.ts": guard("four") });
    const program = join(await space.folder(), "program");
    const run = gibbonCommand().map((word) => `'${word}'`).join(" ");
    const script = (name: string) => `#!/bin/sh\nexec ${run} prox ${join(modules, name)}\n`;
    await replaceFile(program, script("a.ts"), 0o755);
    const second = await dev(directory, "--prox", program);
    assert.equal((await ask(second.url)).text, "three");
    await replaceFile(program, script("b.ts"), 0o755);
    await untilSays(second.url, "four");
  });

  test("runs several: files, and folders in one process", async () => {
    const files = await space.folder({
      "one.ts": guard("one"),
      "many/a.ts": guard("a"),
      "many/b.ts": guard("b"),
    });
    const directory = await space.folder({ "inner.ts": KONG });
    const paths = ["--prox", join(files, "one.ts"), "--prox", join(files, "many")];
    const { gibbon, url } = await dev(directory, ...paths);
    assert.match(gibbon.stdout(), /around them prox's: one\.ts, many;/);
    assert.equal((await ask(url)).text, "one");
    assert.equal((await ask(url, true)).inner, "b");
    for (const word of ["one", "a", "b"]) await gibbon.saying(`${word} is asked for`);
  });

  test("stops every request while a plugin is broken, says why, and goes on when it is mended", async () => {
    const directory = await space.folder({ "inner.ts": KONG });
    const file = join(await space.folder({ "guard.ts": guard("good") }), "guard.ts");
    const { gibbon, url } = await dev(directory, "--prox", file);
    assert.equal((await ask(url)).text, "good");
    await replaceFile(file, "export default {{");
    await gibbon.saying(/everything is refused: guard cannot be loaded[\s\S]*guard\.ts:1:1\d/);
    // What stands in for it closes connections; until that is there, requests get 500.
    const answer = await ask(url, true).catch(() => undefined);
    assert.ok(answer === undefined || (answer.status === 500 && answer.inner === null));
    await replaceFile(file, guard("mended"));
    await untilSays(url, "mended");
  });

  test("says what cannot be a plugin", async () => {
    const files = await space.folder({ "README": "no program" });
    for (
      const [path, says] of [["nothing.ts", /cannot read .*nothing\.ts/], ["README", /run bit/]]
    ) {
      const args = ["dev", files, "--port", "0", "--prox", join(files, String(path))];
      const { code, stderr } = await runGibbon(args);
      assert.equal(code, 1);
      assert.match(stderr, /OPTION_INVALID: --prox: /);
      assert.match(stderr, says as RegExp);
    }
  });
});
