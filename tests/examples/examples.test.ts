// The example plugins: what their first lines say, and that each has its test beside it.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isTestName } from "../../src/modules/names.ts";

const FOLDER = new URL("../../examples/", import.meta.url);

/** Paths of all modules below the folder. */
const modules = await Array.fromAsync(
  glob("**/*.{ts,cjs}", { cwd: fileURLToPath(FOLDER) }),
);
const plugins = modules.filter((path) => !isTestName(path));

const read = (path: string) => readFile(new URL(path, FOLDER), "utf8");

describe("The examples", () => {
  test("say at the top what to try", async () => {
    assert.ok(plugins.length >= 5);
    for (const plugin of plugins) {
      assert.match(await read(plugin), /^\/\/ .*\n\/\/\n\/\/ .*curl /s, plugin);
    }
  });

  test("have settings for plugins that are there, and no others", async () => {
    for (const folder of ["", "more/", "packages/"]) {
      const settings = JSON.parse(await read(`${folder}gibbon.dev.json`)).plugins;
      for (const name of Object.keys(settings)) {
        const files = [`${folder}${name}.ts`, `${folder}${name}.cjs`];
        assert.ok(files.some((file) => plugins.includes(file)), name);
      }
    }
  });

  test("have a test beside them, which uses the kit", async () => {
    for (const plugin of plugins) {
      const beside = plugin.replace(/\.\w+$/, ".test.ts");
      assert.ok(modules.includes(beside), `${plugin} has no ${beside}`);
      const text = await read(beside);
      assert.match(text, /from "gibbon\/testing"/);
      assert.ok(text.includes(`./${plugin.split("/").at(-1)}`), `${beside} tests something else`);
    }
  });
});
