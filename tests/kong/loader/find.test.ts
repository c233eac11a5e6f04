// What of a directory is looked at.
import assert from "node:assert/strict";
import { mkdir, rename, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { withFolder, writeFiles } from "../../support/folder.ts";
import { load, loadFolder, runtime } from "./fixture.ts";
import { loadPlugins } from "../../../src/kong/loader/load.ts";

const PLUGIN = `export default { access() {} };`;
const OLD = `module.exports = { Plugin: class { access() {} } };`;

describe("a plugins directory", () => {
  test("is searched for modules of all six kinds, in the order of their names", async () => {
    const { names, lines } = await load({
      "f.cjs": OLD,
      "e.cts": OLD,
      "d.mjs": PLUGIN,
      "c.mts": PLUGIN,
      "b.js": OLD,
      "a.ts": PLUGIN,
    });
    assert.deepEqual(names, ["a", "b", "c", "d", "e", "f"]);
    assert.deepEqual(lines, []);
  });

  test("may have other files: tests, types, documents, packages, hidden ones", async () => {
    const { names, lines, passed } = await load({
      "auth.ts": PLUGIN,
      "auth.test.ts": "throw new Error('not to be loaded');",
      "auth.spec.js": "throw new Error('not to be loaded');",
      "auth_test.ts": "throw new Error('not to be loaded');",
      "types.d.ts": "throw new Error('not to be loaded');",
      "types.d.mts": "throw new Error('not to be loaded');",
      "types.d.cts": "throw new Error('not to be loaded');",
      "__tests__/auth.ts": "throw new Error('not to be loaded');",
      "node_modules/x/index.js": "throw new Error('not to be loaded');",
      ".hidden.ts": "throw new Error('not to be loaded');",
      "README.md": "# Plugins",
      "package.json": "{}",
      "auth.ts.map": "{}",
    });
    assert.deepEqual(names, ["auth"]);
    assert.deepEqual(lines, []);
    assert.deepEqual(passed, []);
  });

  test("may have modules that are not plugins, beside them and in folders", async () => {
    const { names, lines, passed } = await load({
      "auth.ts": `import { allow } from "./util.ts"; import { deny } from "./lib/deny.ts";
        export default { access: () => [allow, deny] };`,
      "util.ts": "export const allow = true; export default function slug() {}",
      "constants.js": "module.exports = { name: 'x', version: '1' };",
      "lib/deny.ts": "export const deny = true;",
      "shared/index.ts": "export const shared = true;",
      "empty/README.md": "",
    });
    assert.deepEqual(names, ["auth"]);
    assert.deepEqual(lines, []);
    assert.deepEqual(passed, [
      "empty: a folder without an index file or a package.json",
      "lib: a folder without an index file or a package.json",
      "constants.js: exports no plugin",
      "shared/index.ts: exports no plugin",
      "util.ts: exports no plugin",
    ]);
  });

  test("may have a plugin in a folder, with an index or a package.json", async () => {
    const { names, lines } = await load({
      "by-index/index.ts": PLUGIN,
      "by-main/package.json": `{ "main": "./src/plugin.js" }`,
      "by-main/src/plugin.js": OLD,
      "by-short-main/package.json": `{ "main": "plugin" }`,
      "by-short-main/plugin.ts": PLUGIN,
      "by-exports/package.json": `{ "type": "module", "exports": { ".": { "import": "./x.js" } } }`,
      "by-exports/x.js": PLUGIN,
      "by-string/package.json": `{ "exports": "./y.mjs" }`,
      "by-string/y.mjs": PLUGIN,
      "no-main/package.json": `{ "name": "something-else" }`,
      "no-main/index.js": OLD,
    });
    assert.deepEqual(names, [
      "by-exports",
      "by-index",
      "by-main",
      "by-short-main",
      "by-string",
      "no-main",
    ]);
    assert.deepEqual(lines, []);
  });

  test("says what is wrong with a folder's package.json", async () => {
    const { names, lines } = await load({
      "auth.ts": PLUGIN,
      "broken/package.json": `{ "main": `,
      "gone/package.json": `{ "main": "dist/index.js" }`,
    });
    assert.deepEqual(names, ["auth"]);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /^PLUGIN_BROKEN broken\/package\.json: broken cannot be loaded/);
    assert.match(lines[1] ?? "", /^PLUGIN_BROKEN gone\/package\.json: .* names dist\/index\.js/);
  });

  test("that is missing, or none, is an error with a remedy", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { "file.ts": PLUGIN });
      for (const [name, words] of [["gone", "does not exist"], ["file.ts", "is not a directory"]]) {
        await assert.rejects(loadPlugins(runtime, join(folder, name as string)), (error) => {
          assert.ok(error instanceof GibbonError);
          assert.equal(error.code, "PLUGIN_DIRECTORY");
          assert.equal(
            error.message,
            `The plugins directory ${join(folder, name as string)} ${words}`,
          );
          assert.match(error.remedy ?? "", /mounted/);
          return true;
        });
      }
    });
  });

  test("without plugins is no error", async () => {
    const { plugins, problems, skipped } = await load({});
    assert.deepEqual([plugins, problems, skipped], [[], [], []]);
  });
});

describe("symlinks", () => {
  test("are followed as Kubernetes mounts them, also after it has swapped the files", async () => {
    await withFolder(async (folder) => {
      const mount = async (version: string, files: Record<string, string>) => {
        await writeFiles(join(folder, `..${version}`), files);
        await symlink(`..${version}`, join(folder, "..data_tmp"));
        await rename(join(folder, "..data_tmp"), join(folder, "..data"));
      };
      const files = (n: number) => ({
        "auth.ts":
          `import { n } from "./util.ts"; export default { version: n + ".0", access() {} };`,
        "util.ts": `export const n: number = ${n};`,
        "broken.ts": "export default {\n  access( {},\n};",
      });
      await mount("2026_01_01", files(1));
      for (const name of Object.keys(files(1))) {
        await symlink(`..data/${name}`, join(folder, name));
      }
      const first = await loadFolder(folder);
      assert.deepEqual(first.names, ["auth"]);
      assert.deepEqual(first.passed, ["util.ts: exports no plugin"]);
      assert.match(first.lines.join("\n"), /^PLUGIN_BROKEN broken\.ts:[23]:\d+: broken cannot be/);
      assert.equal(first.plugins[0]?.file, join(folder, "auth.ts"));
      assert.equal(first.plugins[0]?.version, "1.0");
      await mount("2026_02_02", files(2));
      const second = await loadFolder(folder, { version: 1 });
      assert.equal(second.plugins[0]?.version, "2.0");
    });
  });

  test("to one file give one plugin", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { "b.ts": PLUGIN });
      await symlink("b.ts", join(folder, "a.ts"));
      await symlink("b.ts", join(folder, "c.ts"));
      const { names, passed } = await loadFolder(folder);
      assert.deepEqual(names, ["a"]);
      assert.deepEqual(passed, ["b.ts: the same file as a.ts", "c.ts: the same file as a.ts"]);
    });
  });

  test("to folders and out of the directory are followed, those to nowhere are said", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { "elsewhere/index.ts": PLUGIN, "one.ts": PLUGIN });
      await mkdir(join(folder, "plugins"));
      await symlink("../elsewhere", join(folder, "plugins", "linked"));
      await symlink("../one.ts", join(folder, "plugins", "two.ts"));
      await symlink("../one.ts", join(folder, "plugins", "gone.ts"));
      await unlink(join(folder, "plugins", "gone.ts"));
      await symlink("../gone.ts", join(folder, "plugins", "gone.ts"));
      const { names, lines } = await loadFolder(join(folder, "plugins"));
      assert.deepEqual(names, ["linked", "two"]);
      assert.deepEqual(lines, ["PLUGIN_BROKEN gone.ts: gone.ts cannot be read: it leads nowhere"]);
    });
  });
});
