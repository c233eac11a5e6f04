// The layer check: a small tree for each rule that breaks it, and one that keeps them all.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSource } from "../../scripts/layers/imports.ts";
import { checkLayers } from "../../scripts/layers/rules.ts";

/** Applies the rules to files given without their first comment. */
function check(files: Record<string, string>): string[] {
  const tree = new Map(Object.entries(files).map(([file, code]) => [file, `// A file.\n${code}`]));
  return checkLayers(tree, { dependencies: ["valibot", "@scope/name"] })
    .map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

describe("the layer check accepts", () => {
  it("a house in which every import goes down", () => {
    const breaches = check({
      "mod.ts":
        'export { type A, b } from "./src/core/a.ts";\nexport type { C } from "./src/pdk/c.ts";',
      "src/wire/frames.ts": 'import { Buffer } from "node:buffer";\nexport const frames = Buffer;',
      "src/runtime/deno.ts": "export const pid = Deno.pid;\nawait import(String(pid));",
      "src/runtime/bun.ts": 'import { dlopen } from "bun:ffi";\nexport const x = [Bun, dlopen];',
      "src/runtime/detect.ts": "export const here = [globalThis.Bun, globalThis.Deno];",
      "src/core/a.ts": 'import { frames } from "../wire/frames.ts";\nexport const b = frames;',
      "src/pdk/c.ts": 'import * as v from "valibot";\nexport type C = typeof v;',
      "src/protocols/kong/server.ts": 'import { b } from "../../core/a.ts";\nexport const s = b;',
      "src/cli/main.ts":
        'import "../protocols/kong/server.ts";\nimport x from "@scope/name/deep";\n' +
        'import info from "../../package.json" with { type: "json" };\nexport { info, x };',
    });
    assert.deepEqual(breaches, []);
  });

  it("the word for a runtime in comments, strings and longer names", () => {
    const code = '// Deno.pid\nexport const text = "Bun.version" + `Deno ${1}`, BunLike = /Deno/;';
    assert.deepEqual(check({ "src/core/a.ts": code }), []);
  });
});

describe("the layer check finds", () => {
  const target = { "src/loader/load.ts": "export const load = 1;\nexport type Load = 1;" };
  const upwards = 'src/core/a.ts:2: room core may not know room loader: "../loader/load.ts"';

  for (
    const [what, code] of Object.entries({
      "an import": 'import { load } from "../loader/load.ts";',
      "an import for its effects": 'import "../loader/load.ts";',
      "an import of types": 'import type { Load } from "../loader/load.ts";',
      "a re-export": 'export { load } from "../loader/load.ts";',
      "a re-export of everything": 'export * as all from "../loader/load.ts";',
      "a dynamic import": 'export const load = () => import("../loader/load.ts");',
      "a type that imports": 'export type L = import("../loader/load.ts").Load;',
      "a require": 'export const load = require("../loader/load.ts");',
      "an import inside a template": 'export const t = `${await import("../loader/load.ts")}`;',
    })
  ) {
    it(`${what} that goes up`, () => {
      assert.deepEqual(check({ ...target, "src/core/a.ts": code }), [upwards]);
    });
  }

  it("an import over several lines, at the line of its file", () => {
    const code = 'import {\n  load,\n} from\n  "../loader/load.ts";\nexport const a = load;';
    assert.deepEqual(check({ ...target, "src/core/a.ts": code }), [
      upwards.replace(":2:", ":5:"),
    ]);
  });

  it("rooms on one level that know each other", () => {
    assert.deepEqual(
      check({
        "src/wire/a.ts": 'import type {} from "../runtime/runtime.ts";',
        "src/runtime/runtime.ts": "export {};",
        "src/protocols/kong/a.ts": 'import "../brpc/b.ts";',
        "src/protocols/brpc/b.ts": "export {};",
      }),
      [
        'src/wire/a.ts:2: room wire may not know room runtime: "../runtime/runtime.ts"',
        'src/protocols/kong/a.ts:2: room protocols/kong may not know room protocols/brpc: "../brpc/b.ts"',
      ],
    );
  });

  it("a file in no room", () => {
    const [breach] = check({ "src/utils/a.ts": "export {};" });
    assert.match(breach ?? "", /^src\/utils\/a\.ts:1: it is in no room of the house/);
  });

  it("an import of a file that is not there", () => {
    assert.deepEqual(check({ "src/core/a.ts": 'import "../../tests/kit.ts";' }), [
      'src/core/a.ts:2: "../../tests/kit.ts" is no file of mod.ts or src/',
    ]);
  });

  it("an import of mod.ts by anything but the command line", () => {
    const files = { "mod.ts": "", "src/cli/main.ts": 'import "../../mod.ts";' };
    assert.deepEqual(check({ ...files, "src/core/a.ts": 'import "../../mod.ts";' }), [
      "src/core/a.ts:2: mod.ts is for plugin authors; import the file itself",
    ]);
  });

  it("packages that package.json does not list", () => {
    const code = 'import a from "left-pad";\nimport b from "@scope/other/deep";\nexport { a, b };';
    assert.deepEqual(check({ "src/core/a.ts": code }), [
      'src/core/a.ts:2: "left-pad" is not among the dependencies in package.json',
      'src/core/a.ts:3: "@scope/other/deep" is not among the dependencies in package.json',
    ]);
  });

  it("an import() of a computed file outside of the runtime's adapters", () => {
    assert.deepEqual(check({ "src/loader/a.ts": "export const a = (f: string) => import(f);" }), [
      "src/loader/a.ts:2: an import() that computes its file: only src/runtime/ may do that",
    ]);
  });

  it("globals and modules of one runtime outside of its adapter", () => {
    const code = 'import "bun:ffi";\nexport const a = Deno.pid;\nexport const b = globalThis.Bun;';
    assert.deepEqual(check({ "src/core/a.ts": code, "src/runtime/deno.ts": "Bun.version;" }), [
      'src/core/a.ts:2: "bun:ffi" exists on Bun only',
      'src/core/a.ts:3: "Deno" exists on one runtime only: it belongs into src/runtime/deno.ts',
      'src/core/a.ts:4: "Bun" exists on one runtime only: it belongs into src/runtime/bun.ts',
      'src/runtime/deno.ts:2: "Bun" exists on one runtime only: it belongs into src/runtime/bun.ts',
    ]);
  });

  it("code and star exports in mod.ts", () => {
    const code = 'export * from "./src/core/a.ts";\nexport const a = 1;';
    assert.deepEqual(check({ "mod.ts": code, "src/core/a.ts": "export const b = 1;" }), [
      "mod.ts:2: an export * hides what the API is; name what is exported",
      'mod.ts:3: mod.ts holds nothing but `export { ... } from "..."`',
    ]);
  });

  it("files that import each other in a circle, once", () => {
    assert.deepEqual(
      check({
        "src/core/a.ts": 'import "./b.ts";',
        "src/core/b.ts": 'import type {} from "./c.ts";',
        "src/core/c.ts": 'import "./b.ts";\nimport "./d.ts";',
        "src/core/d.ts": "export {};",
      }),
      [
        "src/core/b.ts:1: files import each other in a circle: " +
        "src/core/b.ts -> src/core/c.ts -> src/core/b.ts",
      ],
    );
  });

  it("a file that does not say what it is for", () => {
    const breaches = checkLayers(new Map([["src/core/a.ts", "export {};"]]), { dependencies: [] });
    assert.match(breaches[0]?.message ?? "", /first line is not a comment/);
  });
});

describe("reading imports", () => {
  it("is not misled by what only looks like an import", () => {
    const { imports } = readSource(`
      // import "a"; import("b")
      const text = 'from "c"' + "import('d')" + \`import "e"\`;
      const pattern = /import "f"/;
      const from = 1; object.require("g"); import.meta.resolve("h");
      export {}; /* export * from "i" */
    `);
    assert.deepEqual(imports, []);
  });

  it("sees imports with attributes, without semicolons, and of both quotes", () => {
    const { imports } = readSource(
      "import a from './a.json' with { type: 'json' }\nimport b, { type C } from \"./b.ts\"\n" +
        "export type { D } from './d.ts'",
    );
    assert.deepEqual(imports.map(({ specifier }) => specifier), ["./a.json", "./b.ts", "./d.ts"]);
  });
});
