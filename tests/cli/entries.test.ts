// What users import: the same entries in package.json, in deno.json and for plugins.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { PROVIDED_MODULES } from "../../src/cli/provided_modules.ts";
import { TEST_MODULES } from "../../src/cli/test_modules.ts";

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));

/** Entries by what is written after `from`. */
function entriesOf({ exports }: { exports: Record<string, string> }): Record<string, string> {
  return Object.fromEntries(
    Object.entries(exports).map(([name, file]) => [name.replace(/^\./, "gibbon"), file]),
  );
}

describe("the entries", () => {
  const entries = entriesOf(read("package.json"));

  it("are five", () => {
    const names = ["gibbon", "gibbon/prox", "gibbon/prox/host", "gibbon/brpc", "gibbon/testing"];
    assert.deepEqual(Object.keys(entries), names);
  });

  it("are the same for npm, for Deno, and inside the project", () => {
    const deno = read("deno.json");
    assert.deepEqual(entriesOf(deno), entries);
    const { valibot: _, ...imports } = deno.imports;
    assert.deepEqual(imports, entries);
  });

  for (const [name, file] of Object.entries(entries)) {
    it(`give the whole of ${name}`, async () => {
      const module = await import(new URL(`../../${file}`, import.meta.url).href);
      const names = Object.keys(module);
      assert.ok(names.length > 0);
      assert.deepEqual(Object.keys(TEST_MODULES[name] ?? {}), names);
      for (const key of names) assert.equal(TEST_MODULES[name]?.[key], module[key], key);
    });
  }

  it("give plugins that are served all but the kit, which changes clocks", () => {
    const served = Object.keys(entries).filter((name) => name in PROVIDED_MODULES);
    assert.deepEqual(served, Object.keys(entries).filter((name) => name !== "gibbon/testing"));
  });

  it("keep the three systems apart", () => {
    const gibbon = PROVIDED_MODULES["gibbon"] ?? {};
    const foreign = ["defineProxPlugin", "defineHubPlugin", "Socket", "Manager"];
    assert.deepEqual(foreign.filter((name) => name in gibbon), []);
  });
});
