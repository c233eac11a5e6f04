// gibbon new: what it makes is a plugin that is right from the first moment on.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { runtimePath } from "../../scripts/runtimes.ts";
import { TEMPLATES } from "../../src/cli/editor/template_names.ts";
import { ensureEditorTypes } from "../support/editor_types.ts";
import { withFolder, writeFiles } from "../support/folder.ts";
import { runGibbon } from "../support/gibbon.ts";
import { RUNS_ON_NODE_ALONE } from "../support/once.ts";
import { runProcess } from "../support/process.ts";

const tsc = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin/tsc",
);

before(ensureEditorTypes, { timeout: 120_000 });

describe("gibbon new", () => {
  for (const template of Object.keys(TEMPLATES)) {
    test(`makes a plugin of the template ${template}, with all that an author needs`, () =>
      withFolder(async (folder) => {
        const made = await runGibbon(["new", "first", "--template", template], { cwd: folder });
        assert.equal(made.code, 0, made.stderr);
        assert.match(made.stdout, /Next:\n {2}gibbon test first\n/);
        const names = await readdir(join(folder, "first"));
        assert.deepEqual(
          names.sort(),
          [
            ".gibbon",
            ".gitignore",
            ".vscode",
            "README.md",
            "deno.json",
            "first.test.ts",
            "first.ts",
            "kong.yml",
            "tsconfig.json",
          ].filter((name) => name !== "kong.yml" || template !== "stream"),
        );
        for (const name of names.filter((one) => /\.(?:ts|md|yml)$/.test(one))) {
          const text = await readFile(join(folder, "first", name), "utf8");
          assert.ok(!text.includes("my-plugin"), name);
        }
        JSON.parse(await readFile(join(folder, "first/.vscode/launch.json"), "utf8"));
        const more = template === "stream" ? [] : ["--kong-config", "first/kong.yml"];
        const args = ["check", "first", "--strict", ...more];
        const checked = await runGibbon(args, { cwd: folder });
        assert.equal(checked.code, 0, checked.stdout + checked.stderr);
      }));

    test(
      `makes one whose types are right: ${template}`,
      { skip: RUNS_ON_NODE_ALONE },
      () =>
        withFolder(async (folder) => {
          await runGibbon(["new", "first", "--template", template], { cwd: folder });
          const command = [await runtimePath("node"), tsc, "--noEmit", "-p", "first"];
          const { code, stdout } = await runProcess(command, { cwd: folder });
          assert.equal(code, 0, stdout);
        }),
    );
  }

  test("refuses names that are no plugin's, and touches nothing that is there", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { "mine/one.ts": "mine" });
      const REFUSED = [
        ["mine", /mine is there already\n.*gibbon types/],
        [".", /is there already/],
        ["one.ts", /no name of a plugin/],
        ["one.test", /no name of a plugin/],
        ["one.d", /no name of a plugin/],
        ["my plugin", /no name of a plugin\n.*letters, digits/],
        ["mine/one.ts/below", /Cannot make mine\/one\.ts\/below/],
      ] as const;
      for (const [name, said] of REFUSED) {
        const { code, stderr } = await runGibbon(["new", name], { cwd: folder });
        assert.equal(code, 1, name);
        assert.match(stderr, said);
      }
      assert.deepEqual(await readdir(folder), ["mine"]);
      assert.deepEqual(await readdir(join(folder, "mine")), ["one.ts"]);
      const deep = await runGibbon(["new", "a/b/auth"], { cwd: folder });
      assert.equal(deep.code, 0, deep.stderr);
      assert.ok((await readdir(join(folder, "a/b/auth"))).includes("auth.test.ts"));
    }));
});
