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
        'export { type A, b } from "./src/kong/engine/a.ts";\nexport type { C } from "./src/kong/pdk/c.ts";',
      "src/wire/frames.ts": 'import { Buffer } from "node:buffer";\nexport const frames = Buffer;',
      "src/runtime/deno/deno.ts": "export const pid = Deno.pid;\nawait import(String(pid));",
      "src/runtime/bun/bun.ts":
        'import { dlopen } from "bun:ffi";\nexport const x = [Bun, dlopen];',
      "src/runtime/detect.ts": "export const here = [globalThis.Bun, globalThis.Deno];",
      "src/kong/engine/a.ts":
        'import { frames } from "../../wire/frames.ts";\nexport const b = frames;',
      "src/kong/pdk/c.ts": 'import * as v from "valibot";\nexport type C = typeof v;',
      "src/kong/protocol/server.ts": 'import { b } from "../engine/a.ts";\nexport const s = b;',
      "src/cli/main.ts":
        'import "../kong/protocol/server.ts";\nimport x from "@scope/name/deep";\n' +
        'import info from "../../package.json" with { type: "json" };\nexport { info, x };',
    });
    assert.deepEqual(breaches, []);
  });

  it("the word for a runtime in comments, strings and longer names", () => {
    const code = '// Deno.pid\nexport const text = "Bun.version" + `Deno ${1}`, BunLike = /Deno/;';
    assert.deepEqual(check({ "src/kong/engine/a.ts": code }), []);
  });
});

describe("the layer check finds", () => {
  const target = { "src/kong/loader/load.ts": "export const load = 1;\nexport type Load = 1;" };
  const upwards =
    'src/kong/engine/a.ts:2: room kong/engine may not know room kong/loader: "../loader/load.ts"';

  for (
    const [what, code] of Object.entries({
      "an import": 'import { load } from "../loader/load.ts";',
      "an import for its effects": 'import "../loader/load.ts";',
      "an import of types": 'import type { Load } from "../loader/load.ts";',
      "a re-export": 'export { load } from "../loader/load.ts";',
      "a re-export of everything": 'export * as all from "../loader/load.ts";',
      "a dynamic import": 'export const later = () => import("../loader/load.ts");',
      "a type that imports": 'export type L = import("../loader/load.ts").Load;',
      "a require": 'export const later = require("../loader/load.ts");',
      "an import inside a template": 'export const t = `${await import("../loader/load.ts")}`;',
    })
  ) {
    it(`${what} that goes up`, () => {
      assert.deepEqual(check({ ...target, "src/kong/engine/a.ts": code }), [upwards]);
    });
  }

  it("an import over several lines, at the line of its file", () => {
    const code = 'import {\n  load,\n} from\n  "../loader/load.ts";\nexport const a = load;';
    assert.deepEqual(check({ ...target, "src/kong/engine/a.ts": code }), [
      upwards.replace(":2:", ":5:"),
    ]);
  });

  it("rooms on one level that know each other", () => {
    assert.deepEqual(
      check({
        "src/kong/server/a.ts": 'import type {} from "../emulator/b.ts";',
        "src/kong/emulator/b.ts": "export {};",
      }),
      [
        'src/kong/server/a.ts:2: room kong/server may not know room kong/emulator: "../emulator/b.ts"',
      ],
    );
  });

  it("systems and adapters that know one another, also where it would go down", () => {
    assert.deepEqual(
      check({
        "src/prox/host/a.ts": 'import "../../kong/engine/b.ts";',
        "src/kong/engine/b.ts": "export {};",
        "src/runtime/bun/c.ts": 'import "../deno/d.ts";',
        "src/runtime/deno/d.ts": "export {};",
      }),
      [
        'src/prox/host/a.ts:2: src/kong/, src/prox/, src/brpc/ never know one another: "../../kong/engine/b.ts"',
        "src/runtime/bun/c.ts:2: src/runtime/node/, src/runtime/deno/, src/runtime/bun/ never know one another: " +
        '"../deno/d.ts"',
      ],
    );
  });

  it("a file in no room", () => {
    const [breach] = check({ "src/utils/a.ts": "export {};" });
    assert.match(breach ?? "", /^src\/utils\/a\.ts:1: it is in no room of the house/);
  });

  it("an import of a file that is not there", () => {
    assert.deepEqual(check({ "src/kong/engine/a.ts": 'import "../../../tests/kit.ts";' }), [
      'src/kong/engine/a.ts:2: "../../../tests/kit.ts" is no file of mod.ts or src/',
    ]);
  });

  it("an import of an entry by anything but the command line", () => {
    const files = {
      "mod.ts": "",
      "src/brpc/mod.ts": "",
      "src/cli/main.ts": 'import "../../mod.ts";',
    };
    const code = 'import "../../../mod.ts";';
    const wrong = { "src/kong/engine/a.ts": code, "src/brpc/hub/b.ts": 'import "../mod.ts";' };
    assert.deepEqual(check({ ...files, ...wrong }), [
      "src/kong/engine/a.ts:2: mod.ts is for users; import the file itself",
      "src/brpc/hub/b.ts:2: src/brpc/mod.ts is for users; import the file itself",
    ]);
  });

  it("packages that package.json does not list", () => {
    const code = 'import a from "left-pad";\nimport b from "@scope/other/deep";\nexport { a, b };';
    assert.deepEqual(check({ "src/kong/engine/a.ts": code }), [
      'src/kong/engine/a.ts:2: "left-pad" is not among the dependencies in package.json',
      'src/kong/engine/a.ts:3: "@scope/other/deep" is not among the dependencies in package.json',
    ]);
  });

  it("an import() of a computed file outside of the runtime's adapters", () => {
    assert.deepEqual(
      check({ "src/kong/loader/a.ts": "export const a = (f: string) => import(f);" }),
      [
        "src/kong/loader/a.ts:2: an import() that computes its file: only src/runtime/ may do that",
      ],
    );
  });

  it("globals and modules of one runtime outside of its adapter", () => {
    const code = 'import "bun:ffi";\nexport const a = Deno.pid;\nexport const b = globalThis.Bun;';
    assert.deepEqual(
      check({ "src/kong/engine/a.ts": code, "src/runtime/deno/deno.ts": "Bun.version;" }),
      [
        'src/kong/engine/a.ts:2: "bun:ffi" exists on Bun only',
        'src/kong/engine/a.ts:3: "Deno" exists on one runtime only: it belongs into src/runtime/deno/',
        'src/kong/engine/a.ts:4: "Bun" exists on one runtime only: it belongs into src/runtime/bun/',
        'src/runtime/deno/deno.ts:2: "Bun" exists on one runtime only: it belongs into src/runtime/bun/',
      ],
    );
  });

  it("code and star exports in an entry", () => {
    const code = 'export * from "./src/kong/engine/a.ts";\nexport const a = 1;';
    assert.deepEqual(check({ "mod.ts": code, "src/kong/engine/a.ts": "export const b = 1;" }), [
      "mod.ts:2: an export * hides what the API is; name what is exported",
      'mod.ts:3: an entry holds nothing but `export { ... } from "..."`',
    ]);
  });

  it("files that import each other in a circle, once", () => {
    assert.deepEqual(
      check({
        "src/kong/engine/a.ts": 'import "./b.ts";',
        "src/kong/engine/b.ts": 'import type {} from "./c.ts";',
        "src/kong/engine/c.ts": 'import "./b.ts";\nimport "./d.ts";',
        "src/kong/engine/d.ts": "export {};",
      }),
      [
        "src/kong/engine/b.ts:1: files import each other in a circle: " +
        "src/kong/engine/b.ts -> src/kong/engine/c.ts -> src/kong/engine/b.ts",
      ],
    );
  });

  it("a file that does not say what it is for", () => {
    const breaches = checkLayers(new Map([["src/kong/engine/a.ts", "export {};"]]), {
      dependencies: [],
    });
    assert.match(breaches[0]?.message ?? "", /first line is not a comment/);
  });
});

describe("one name for one thing", () => {
  const second = (name: string, line: number) =>
    `src/wire/b.ts:${line}: ${name} is declared in src/wire/a.ts too: one name for one thing`;

  it("finds what two files declare and export", () => {
    const kinds = [
      "class Thing {}",
      "abstract class Thing {}",
      "interface Thing {}",
      "type Thing = 1;",
      "function Thing() {}",
      "async function Thing() {}",
      "const Thing = 1;",
    ];
    for (const code of kinds) {
      assert.deepEqual(
        check({ "src/wire/a.ts": "export type Thing = 1;", "src/wire/b.ts": `\nexport ${code}` }),
        [second("Thing", 3)],
        code,
      );
    }
  });

  it("leaves alone overloads, re-exports, what is not exported, and what is listed", () => {
    const breaches = check({
      "src/wire/a.ts":
        "export function b(): void;\nexport function b(x?: 1) {}\nexport const run = 1;",
      "src/wire/b.ts": 'export { b } from "./a.ts";\nfunction c() {}\nexport const run = c;',
      "src/wire/c.ts": "const b = 1;\nexport default b;",
    });
    assert.deepEqual(breaches, []);
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
