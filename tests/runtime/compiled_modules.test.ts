// TypeScript that is more than types: compiled where there is a compiler, else refused with its line.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { getFormattedTokens } from "sucrase";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { beyondTypes } from "../../src/runtime/shared/modules/beyond.ts";
import { ModuleFailure } from "../../src/runtime/shared/modules/failure.ts";
import { withFolder, writeFiles } from "../support/folder.ts";

const runtime = await detectRuntime();
const compilesAll = runtime.name === "bun";

/** Imports a.ts of a fresh folder. */
async function load(source: string, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
  let value: unknown;
  await withFolder(async (folder) => {
    await writeFiles(folder, { "a.ts": source, ...more });
    value = (await runtime.importModule(join(folder, "a.ts"))).default;
  });
  return value;
}

/** The same module in both forms. */
const forms = (source: string, exported: string): Readonly<Record<string, string>> => ({
  "an ES module": `${source}\nexport default ${exported};\n`,
  "CommonJS": `${source}\nmodule.exports = ${exported};\n`,
  "mixed":
    `import { sep } from "node:path";\n${source}\nmodule.exports = sep === "" ? 0 : ${exported};\n`,
});

const NAMESPACES = `namespace N {
  export const v: number = 1;
  export namespace Inner { export function f(): string { return "f" + v; } }
}
namespace N { export const w = N.v + 1; }
namespace Types { export type T = string; export interface I { const: T } }
declare namespace Declared { const x: number; }`;

const COMPILED: Readonly<Record<string, [source: string, exported: string, expected: unknown]>> = {
  "namespaces": [NAMESPACES, "[N.v, N.w, N.Inner.f()]", [1, 2, "f1"]],
  "enumerations": [
    "enum E { a, b = 'x' as any }\nconst enum C { one = 1 }",
    "[E.a, E.b, E[0], C.one]",
    [0, "x", "a", 1],
  ],
  "parameter properties": [
    "class A { constructor(private readonly x: number, public y = 2) {} get sum() { return this.x + this.y; } }",
    "new A(1).sum",
    3,
  ],
  "import =": [
    'import path = require("node:path");\nimport join = path.posix.join;',
    'join("a", "b")',
    "a/b",
  ],
};

describe("TypeScript that is more than types is compiled:", () => {
  for (const [name, [source, exported, expected]] of Object.entries(COMPILED)) {
    for (const [form, text] of Object.entries(forms(source, exported))) {
      test(`${name} in ${form}`, async () => assert.deepEqual(await load(text), expected));
    }
  }

  test("export =", async () => {
    assert.deepEqual(await load("namespace N { export const v = 1 }\nexport = N;\n"), { v: 1 });
    assert.equal(await load("const v: number = 1;\nexport = v;\n"), 1);
  });
});

const DECORATED = `const seen: string[] = [];
function note(_value: unknown, context: any) { seen.push(context.kind + " " + String(context.name)); }
class A {
  @note m() { return 1; }
  accessor x: number = 2;
}
const a = new A();
a.x += 1;`;
const DECORATED_RESULT = [["method m"], 1, 3];

describe("decorators and accessor fields", () => {
  for (const [form, text] of Object.entries(forms(DECORATED, "[seen, a.m(), a.x]"))) {
    test(`in ${form} are compiled by Bun, and refused with their place by others`, async () => {
      if (compilesAll) return assert.deepEqual(await load(text), DECORATED_RESULT);
      await assert.rejects(load(text), (error: Error) => {
        assert.ok(error instanceof ModuleFailure);
        assert.match(error.message, /a decorator needs a compiler, and there is none/);
        assert.ok(error.position.file.endsWith("/a.ts"));
        assert.equal(error.position.line, form === "mixed" ? 5 : 4);
        assert.equal(error.position.column, 3);
        return true;
      });
    });
  }
});

describe("a typescript beside the plugin", () => {
  // What gibbon uses of the package, without its 9 MB.
  const typescript = `
module.exports = {
  ModuleKind: { Preserve: 200 },
  ScriptTarget: { ES2022: 9 },
  sys: { fileExists: () => false, readFile: () => undefined },
  findConfigFile: (folder) => folder + "/tsconfig.json",
  readConfigFile: () => ({ config: { compilerOptions: { experimentalDecorators: true, outDir: "x" } } }),
  transpileModule: (source, { compilerOptions, fileName }) => ({
    outputText: source.replace(/@dec\\b/, "") + ";globalThis.compiledWith = " +
      JSON.stringify([compilerOptions, fileName.slice(-5)]) + ";",
  }),
};`;
  const beside = { "node_modules/typescript/index.js": typescript };

  test("compiles what needs it, with the settings that matter", async () => {
    const holder = globalThis as { compiledWith?: unknown };
    const value = await load("@dec class A {}\nmodule.exports = typeof A;\n", beside);
    assert.equal(value, "function");
    const [options, file] = holder.compiledWith as [Record<string, unknown>, string];
    delete holder.compiledWith;
    assert.deepEqual(options, {
      experimentalDecorators: true,
      module: 200,
      target: 9,
      inlineSourceMap: true,
    });
    assert.equal(file, "/a.ts");
  });

  test("of version 7, which cannot compile for others, counts for nothing", async () => {
    const seven = { "node_modules/typescript/index.js": "module.exports = { version: '7.0.2' };" };
    const loading = load("@dec class A {}\nfunction dec() {}\nmodule.exports = 1;\n", seven);
    if (compilesAll) assert.equal(await loading, 1);
    else await assert.rejects(loading, /a decorator needs a compiler/);
  });
});

describe("what needs a compiler", () => {
  const find = (source: string) => beyondTypes("a.ts", source, getFormattedTokens)?.what;
  const none = [
    "const namespace = 1; namespace\n{ }",
    "// @dec\nconst a = '@dec'; const b = `@${a}`;",
    "namespace T { export type A = new () => string; type B<const X> = X }",
    "declare module 'x' { export const y: number }",
    "import a = require('a'); import { b } from 'b';",
    "declare global { namespace NodeJS { const x: number } }",
    "declare namespace A { namespace B { const c: number } }",
    "module.exports = {}; const accessor = 1; class A { accessor = 1; accessor2() {} }",
    "class A { accessor() {} }",
    "interface A { accessor: string; namespace: string }",
    "const x = { namespace: 1, module: 2, accessor: 3 }; x.namespace;",
    "enum E { a } class A { constructor(private x: number) {} }",
  ];
  for (const source of none) {
    test(`is not in ${source}`, () => assert.equal(find(source), undefined));
  }

  const some: [string, string][] = [
    ["namespace A.B { export let x }", "a namespace with values"],
    ["module A { export class B {} }", "a namespace with values"],
    ["export namespace A { namespace B { enum C { d } } }", "a namespace with values"],
    ["namespace A { console.log(1) }", "a namespace with values"],
    ["export default @dec class {}", "a decorator"],
    ["class A { static accessor x = 1 }", "an accessor field"],
    ["class A { accessor #x = 1 }", "an accessor field"],
    ["class A { m(@inject x) {} }", "a decorator"],
    ["import a = b.c;", "another name for a part of a namespace"],
  ];
  for (const [source, what] of some) {
    test(`is in ${source}`, () => assert.equal(find(source), what));
  }
});
