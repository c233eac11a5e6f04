// gibbon check --types: what TypeScript finds, beside what gibbon finds.
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { ensureEditorTypes } from "../support/editor_types.ts";
import { withFolder, writeFiles } from "../support/folder.ts";
import { runGibbon } from "../support/gibbon.ts";

const TYPESCRIPT = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

const plugin = (line: string) => `
import { definePlugin } from "gibbon";
export default definePlugin({
  access(kong) {
    ${line}
  },
});
`;

before(ensureEditorTypes, { timeout: 120_000 });

describe("gibbon check --types", () => {
  test("counts what TypeScript finds as problems, with their lines", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, {
        "good.ts": plugin("kong.response.setHeader('x', 'y');"),
        "bad.ts": plugin("const count: number = 'three'; kong.log(count);"),
      });
      await mkdir(join(folder, "node_modules"));
      await symlink(TYPESCRIPT, join(folder, "node_modules/typescript"));
      const missing = await runGibbon(["check", folder, "--types"]);
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /There is no tsconfig\.json[^]*gibbon types/);
      await runGibbon(["types", folder]);
      assert.equal((await runGibbon(["check", folder])).code, 0);
      const { code, stdout } = await runGibbon(["check", folder, "--types", "--json"]);
      assert.equal(code, 1, stdout);
      const { plugins, problems } = JSON.parse(stdout);
      assert.equal(plugins.length, 2);
      const [{ code: problemCode, message, file }, ...more] = problems;
      assert.deepEqual(more, []);
      assert.equal(problemCode, "PLUGIN_INVALID");
      assert.match(message, /^TS2322: Type 'string' is not assignable to type 'number'\.$/);
      assert.ok(file.endsWith("/bad.ts:5:11"), file);
      await writeFiles(folder, { "bad.ts": plugin("") });
      const good = await runGibbon(["check", folder, "--types"]);
      assert.equal(good.code, 0, good.stdout + good.stderr);
    }));

  test("says how to install it where there is none", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "good.ts": plugin("") });
      const { code, stderr } = await runGibbon(["check", folder, "--types"]);
      assert.equal(code, 1);
      assert.match(stderr, /There is no TypeScript beside [^]*npm install --prefix \S+ --save-dev/);
    }));
});
