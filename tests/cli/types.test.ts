// gibbon types: in a directory that has nothing, the type checkers know all that plugins import.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { runtimePath } from "../../scripts/runtimes.ts";
import { ensureEditorTypes } from "../support/editor_types.ts";
import { RUNS_ON_NODE_ALONE } from "../support/once.ts";
import { runGibbon } from "../support/gibbon.ts";
import { withFolder, writeFiles } from "../support/folder.ts";
import { runProcess } from "../support/process.ts";

/** Everything that is built in, used as plugins use it. */
const GOOD = {
  "auth.ts": `
import { createHash } from "node:crypto";
import { definePlugin, GibbonError, type Kong } from "gibbon";
import * as v from "valibot";
import { words } from "./words.ts";

const failure = (kong: Kong) => kong.response.exit(500, new GibbonError("LIMIT", "x").code);

export default definePlugin({
  config: v.object({ key: v.string(), times: v.optional(v.number(), 3) }),
  init: ({ times }) => ({ left: times }),
  async access(kong, config, state) {
    const key: string = config.key;
    const left: number = state.left--;
    const header: string | undefined = await kong.request.getHeader("x-key");
    if (createHash("sha256").update(key).digest("hex") === header) failure(kong);
    console.log(words, left, new URL("http://x"), (await fetch("http://x")).status);
    setTimeout(() => {}, 10).unref();
    process.env["X"]?.length;
    Buffer.from("x").toString("base64");
  },
});
`,
  "words.ts": "export const words: readonly string[] = [];\n",
  "auth.test.ts": `
import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "gibbon/testing";
import plugin from "./auth.ts";

test("auth", async () => {
  await using gateway = await testPlugin(plugin, { config: { key: "k" } });
  assert.equal((await gateway.request("/")).response.status, 200);
});
`,
  "proxy.ts": `
import { deny, defineProxPlugin } from "gibbon/prox";
import { Manager } from "gibbon/prox/host";
import { defineHubPlugin } from "gibbon/brpc";
export { defineHubPlugin, Manager };
export default defineProxPlugin({ onRequest: (request) => deny(request.path.length) });
`,
};

/** What each checker has to find: the name at the beginning of the message's line. */
const BAD = {
  "bad.ts": `
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  config: v.object({ key: v.string() }),
  access(kong, config) {
    const wrongType: number = config.key;
    config.noSuchField;
    kong.response.exitt(wrongType);
    kong.request.getHeader(1);
  },
});
`,
};
const FOUND = [/TS2322/, /noSuchField/, /exitt.*Did you mean 'exit'/, /TS2345/];

const tsc = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin/tsc",
);

/** The checkers, as commands that are run in the directory. */
const CHECKERS: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  "TypeScript 5.9": async () => [await runtimePath("node"), tsc, "--noEmit"],
  "TypeScript 7": () =>
    Promise.resolve(["npx", "-y", "-p", "typescript@7.0.2", "tsc", "--noEmit", "-p", "."]),
  "Deno": async () => [await runtimePath("deno"), "check", "."],
};

before(ensureEditorTypes, { timeout: 120_000 });

describe("after gibbon types", { skip: RUNS_ON_NODE_ALONE }, () => {
  for (const [name, commandOf] of Object.entries(CHECKERS)) {
    test(`${name} knows everything, and finds what is wrong`, () =>
      withFolder(async (folder) => {
        await writeFiles(folder, GOOD);
        const made = await runGibbon(["types"], { cwd: folder });
        assert.equal(made.code, 0, made.stderr);
        const command = await commandOf();
        const good = await runProcess(command, { cwd: folder });
        assert.equal(good.code, 0, good.stdout + good.stderr);
        await writeFiles(folder, BAD);
        const bad = await runProcess(command, { cwd: folder, env: { NO_COLOR: "1" } });
        assert.notEqual(bad.code, 0);
        const said = bad.stdout + bad.stderr;
        for (const message of FOUND) assert.match(said, message);
        assert.equal(said.match(/TS\d{4}/g)?.length, FOUND.length, said);
      }));
  }
});

describe("gibbon types", () => {
  test("lets plugins be served as before, and nothing else is", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "auth.ts": GOOD["auth.ts"], "words.ts": GOOD["words.ts"] });
      await runGibbon(["types", folder]);
      const { code, stdout } = await runGibbon(["check", folder, "--json"]);
      assert.equal(code, 0, stdout);
      const { plugins, problems, notes } = JSON.parse(stdout);
      assert.equal(plugins.length, 1);
      assert.deepEqual([problems, notes], [[], []]);
    }));

  test("writes again what is its own, and leaves an author's files alone", () =>
    withFolder(async (folder) => {
      const own = '{ "compilerOptions": { "strict": true } }\n';
      await writeFiles(folder, { "tsconfig.json": own, ".gibbon/types/old.d.ts": "" });
      const first = await runGibbon(["types", folder]);
      assert.equal(first.code, 1);
      assert.match(
        first.stderr,
        /tsconfig\.json is your own[^]*"extends": "\.\/\.gibbon\/tsconfig/,
      );
      assert.ok(!first.stderr.includes("deno.json is your own"));
      assert.equal(await readFile(join(folder, "tsconfig.json"), "utf8"), own);
      assert.ok(!(await readdir(join(folder, ".gibbon/types"))).includes("old.d.ts"));
      // What it says to add is enough.
      const added = own.replace("{", '{ "extends": "./.gibbon/tsconfig.json",');
      await writeFiles(folder, { "tsconfig.json": added, ...GOOD });
      assert.equal((await runGibbon(["types", folder])).code, 0);
      const node = await runtimePath("node");
      const checked = await runProcess([node, tsc, "--noEmit"], { cwd: folder });
      assert.equal(checked.code, 0, checked.stdout);
    }));

  test("leaves out the types of Node.js where the author has them", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "node_modules/@types/node/package.json": "{}", "a/b.ts": "" });
      assert.equal((await runGibbon(["types", join(folder, "a")])).code, 0);
      assert.deepEqual((await readdir(join(folder, "a/.gibbon"))).sort(), [
        ".gitignore",
        "tsconfig.json",
        "types",
        "version",
      ]);
      const config = await readFile(join(folder, "a/.gibbon/tsconfig.json"), "utf8");
      assert.ok(!config.includes("typeRoots"), config);
    }));

  test("says where it cannot write, and gibbon check that they are of another gibbon", () =>
    withFolder(async (folder) => {
      const nowhere = await runGibbon(["types", join(folder, "nowhere")]);
      assert.equal(nowhere.code, 1);
      assert.match(nowhere.stderr, /PLUGIN_DIRECTORY: There is no directory .*nowhere/);
      await writeFiles(folder, { "words.ts": GOOD["words.ts"], "auth.ts": GOOD["auth.ts"] });
      await writeFiles(folder, { ".gibbon/version": "0.0.1\n" });
      const { stdout } = await runGibbon(["check", folder]);
      assert.match(stdout, /\.gibbon are those of gibbon 0\.0\.1: gibbon types .* renews them/);
    }));
});
