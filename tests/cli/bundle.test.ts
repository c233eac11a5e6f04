// gibbon bundle: one file for each plugin, which works where nothing of its sources is in reach.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HAS_BUNDLER, NO_BUNDLER, runGibbon, startGibbon } from "../support/gibbon.ts";
import { withFolder, writeFiles } from "../support/folder.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";

const skip = HAS_BUNDLER ? false : NO_BUNDLER;

const AUTH = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
import { verify } from "verifying";
import { place } from "legacy";
import { shout } from "./lib/shout.js";

interface Config { readonly key: string }

export default definePlugin({
  version: "2.1.0",
  priority: 9,
  config: v.object({ key: v.optional(v.string(), "k") }),
  async access(kong, config: Config) {
    await kong.response.setHeader("x-place", place);
    verify(shout(config.key));
  },
});
`;

const FILES = {
  "project/plugins/auth.ts": AUTH,
  "project/plugins/lib/shout.ts": "export const shout = (text: string): string => text + '!';\n",
  "project/plugins/old/index.js": `
    const { verify } = require("verifying/old");
    class KongPlugin { async access(kong) { await kong.log.notice(verify); } }
    module.exports = { Plugin: KongPlugin, Schema: [{ a: { type: "string" } }], Version: "1.0.0", Priority: 3 };
  `,
  "project/plugins/helper.ts": "export const nothing = 1;\n",
  "project/plugins/auth.test.ts": "throw new Error('a test');\n",
  "project/plugins/gibbon.dev.json": "{}",
  "project/node_modules/verifying/package.json":
    '{ "name": "verifying", "version": "4.5.6", "exports": { ".": "./main.mjs", "./old": "./old.js" } }',
  "project/node_modules/verifying/main.mjs": `// A package of ES modules.

export function verify(text) {
  throw new Error("verified " + text);
}
`,
  "project/node_modules/verifying/old.js": "exports.verify = 'old';\n",
  "project/node_modules/legacy/package.json": '{ "name": "legacy", "version": "1.2.3" }',
  "project/node_modules/legacy/index.js": `
    let more = "";
    try { more = require("optional").more; } catch { /* It does without. */ }
    exports.place = require("path").basename(__dirname) + more;
  `,
};

describe("gibbon bundle", { skip }, () => {
  test("makes one file of each plugin, which declares and does the same anywhere", () =>
    withFolder(async (folder, later) => {
      await writeFiles(folder, FILES);
      const made = await runGibbon(["bundle", "plugins", "-o", "out/plugins"], {
        cwd: join(folder, "project"),
      });
      assert.equal(made.code, 0, made.stderr);
      const out = join(folder, "project/out/plugins");
      assert.deepEqual((await readdir(out)).sort(), ["auth.mjs", "old.mjs"]);
      assert.match(made.stdout, /^auth +out\/plugins\/auth\.mjs +\d+ KiB +2 +2$/m);
      assert.match(made.stdout, /^ {2}verifying 4\.5\.6 from node_modules\/verifying$/m);
      assert.match(made.stdout, /^ {2}legacy 1\.2\.3 from node_modules\/legacy$/m);
      assert.match(made.stderr, /note: auth: legacy asks for optional, which is not installed/);
      assert.match(made.stderr, /note: auth: node_modules\/legacy\/index\.js:4 may look for files/);
      const text = await readFile(join(out, "auth.mjs"), "utf8");
      assert.ok(!text.includes(folder), "the place where it was bundled is in it");

      const source = await runGibbon(["dump", "--plugins-directory", "project/plugins"], {
        cwd: folder,
      });
      // Away from the packages.
      await rename(out, join(folder, "plugins"));
      await rename(join(folder, "project"), join(folder, "gone"));
      const bundled = await runGibbon(["dump", "--plugins-directory", "plugins"], { cwd: folder });
      assert.deepEqual(JSON.parse(bundled.stdout), JSON.parse(source.stdout));

      const socket = join(folder, "s");
      const server = startGibbon(["serve", "--plugins-directory", "plugins", "--socket", socket], {
        cwd: folder,
      });
      later(() => server.kill());
      await server.saying("serving plugins");
      const client = await SocketClient.connect(socket);
      const { EventId, Data } = await client.event(await client.start("auth", {}));
      assert.deepEqual(Data, {
        Method: "kong.response.set_header",
        Args: ["x-place", "plugins"],
      });
      await client.step(EventId);
      client.leave();
      await server.saying("verified k!");
      // In the lines of the sources, by names that tell nothing of where they were.
      await server.saying(/node_modules\/verifying\/main\.mjs:4:\d+/);
      await server.saying(/plugins\/auth\.ts:16:\d+/);
    }));

  test("takes one plugin's file, prints JSON, and makes it shorter when asked", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, FILES);
      const sizes: number[] = [];
      for (const more of [[], ["--minify"]]) {
        const args = ["bundle", "plugins/auth.ts", "--output", "out", "--json", ...more];
        const { code, stdout, stderr } = await runGibbon(args, { cwd: join(folder, "project") });
        assert.equal(code, 0, stderr);
        const [{ plugin, file, bytes, files, packages }] = JSON.parse(stdout);
        assert.deepEqual([plugin, file], ["auth", "out/auth.mjs"]);
        assert.equal(files.length, 2);
        assert.deepEqual(
          packages.map(({ name, version }: { name: string; version: string }) => [name, version]),
          [["legacy", "1.2.3"], ["verifying", "4.5.6"]],
        );
        sizes.push(bytes);
      }
      assert.ok(sizes[1]! < sizes[0]!, String(sizes));
    }));

  test("bundles plugins of prox and of brpc, too", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, {
        "plugins/guard.ts": `
          import { defineProxPlugin, deny } from "gibbon/prox";
          import { status } from "./status.ts";
          export default defineProxPlugin({ onRequest: () => deny(status) });
        `,
        "plugins/_status.ts": "export const status = 401;\n",
        "plugins/status.ts": 'export { status } from "./_status.ts";\n',
      });
      const made = await runGibbon(["bundle", "plugins/guard.ts", "-o", "out"], { cwd: folder });
      assert.equal(made.code, 0, made.stderr);
      assert.match(await readFile(join(folder, "out/guard.mjs"), "utf8"), /status = 401/);
    }));

  const REFUSED = [
    [
      "what reads files beside itself while it loads",
      {
        "one.ts": `import { readFileSync } from "node:fs";
        import { definePlugin } from "gibbon";
        const rules = readFileSync(new URL("./rules.json", import.meta.url), "utf8");
        export default definePlugin({ access() { rules; } });`,
        "rules.json": "{}",
      },
      /one does not work as one file: one cannot be loaded: .*rules\.json/,
    ],
    [
      "a native addon",
      {
        "one.ts": `import { definePlugin } from "gibbon";
        const addon = () => import("./addon.node");
        export default definePlugin({ access() { addon(); } });`,
        "addon.node": "\x7fELF",
      },
      /one cannot be bundled: .*addon.*\.node/,
    ],
    [
      "a package that is missing",
      {
        "one.ts": `import { definePlugin } from "gibbon";
        const lazy = () => import("nowhere-to-be-found");
        export default definePlugin({ access() { lazy(); } });`,
      },
      /one cannot be bundled: .*nowhere-to-be-found[^]*one\.ts:2:/,
    ],
    [
      "a directory with a plugin that is broken",
      { "one.ts": "export default {(", "two.ts": AUTH.replace(/import .* from "[^gv].*\n/g, "") },
      /one cannot be loaded[^]*No bundle was written/,
    ],
    ["a directory without plugins", {}, /No bundle was written: 0 plugins/],
  ] as const;
  for (const [what, files, said] of REFUSED) {
    test(`refuses ${what}, and writes nothing`, () =>
      withFolder(async (folder) => {
        await writeFiles(join(folder, "plugins"), { "readme.txt": "", ...files });
        const { code, stderr } = await runGibbon(["bundle", "plugins", "-o", "out"], {
          cwd: folder,
        });
        assert.equal(code, 1);
        assert.match(stderr, said);
        assert.deepEqual((await readdir(folder)).filter((name) => name === "out"), []);
      }));
  }

  test("overwrites bundles, tells of old ones, and touches nothing else", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, FILES);
      const cwd = join(folder, "project");
      const bundleTo = (out: string, what = "plugins") =>
        runGibbon(["bundle", what, "--output", out], { cwd });
      assert.equal((await bundleTo("out")).code, 0);
      const again = await bundleTo("out", "plugins/auth.ts");
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stderr, /out\/old\.mjs is a bundle from before, of no plugin/);
      await writeFiles(cwd, { "other/mine.js": "export default 1;\n" });
      const foreign = await bundleTo("other");
      assert.equal(foreign.code, 1);
      assert.match(foreign.stderr, /other\/mine\.js is no bundle[^]*--output/);
      assert.match((await bundleTo("plugins")).stderr, /--output is the plugins directory itself/);
    }));
});

test(
  "gibbon bundle says what to run where there is no bundler",
  { skip: HAS_BUNDLER && "there is one" },
  () =>
    withFolder(async (folder) => {
      await writeFiles(folder, FILES);
      const { code, stderr } = await runGibbon(["bundle", "project/plugins", "-o", "out"], {
        cwd: folder,
      });
      assert.equal(code, 1);
      assert.match(stderr, /has no bundler\n.*executable/);
    }),
);

test("gibbon bundle asks for --output", async () => {
  const { code, stderr } = await runGibbon(["bundle", "."]);
  assert.equal(code, 1);
  assert.match(stderr, /--output is missing\n.*gibbon bundle DIR --output OUT/);
});

test("a compiled plugin is blamed in the lines of its source, on every runtime", () =>
  withFolder(async (folder, later) => {
    const code = `import { definePlugin } from "gibbon";
export default definePlugin({
  access() {
    throw new Error("compiled");
  },
});
`;
    // Its fourth line, from the fifth column on, is line 21, column 9 of src/one.ts.
    const map = { version: 3, sources: ["src/one.ts"], names: [], mappings: ";;;IAoBQ" };
    const data = Buffer.from(JSON.stringify(map)).toString("base64");
    const comment = `//# sourceMappingURL=data:application/json;base64,${data}\n`;
    await writeFiles(folder, { "plugins/one.mjs": code + comment });
    const socket = join(folder, "s");
    const args = ["serve", "--plugins-directory", "plugins", "--socket", socket];
    const server = startGibbon(args, { cwd: folder });
    later(() => server.kill());
    await server.saying("serving plugins");
    const client = await SocketClient.connect(socket);
    await client.event(await client.start("one", {}));
    client.leave();
    await server.saying(/plugin=one phase=access .*plugins\/src\/one\.ts:21:9/);
  }));
