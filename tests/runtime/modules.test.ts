// Plugin modules of every shape, imported by the runtime's adapter from a folder of their own.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as valibot from "valibot";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { withFolder, writeFiles } from "../support/folder.ts";

const runtime = await detectRuntime();
const gibbon = { definePlugin: (definition: unknown) => definition };
runtime.provideModules({
  gibbon,
  valibot,
  "kong-pdk": {},
  "kong-pdk/kong": { default: undefined },
});

/** Imports the first of the files, from a fresh folder that holds all of them. */
async function load(files: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  let namespace: Record<string, unknown> = {};
  await withFolder(async (folder) => {
    await writeFiles(folder, files);
    namespace = await runtime.importModule(join(folder, Object.keys(files)[0] as string));
  });
  return namespace;
}

/** The default export of the first of the files. */
// deno-lint-ignore no-explicit-any -- what a fixture exports is anything
async function loadDefault(files: Readonly<Record<string, string>>): Promise<any> {
  return (await load(files)).default;
}

const CLASSIC = `'use strict';

import kong from "../kong/protocol"

class KongPlugin {
  config: any;
  constructor(config: any) {
    this.config = config
  }
  async access(kong: kong) {
    return this.config.message
  }
}

module.exports = {
  Plugin: KongPlugin,
  Name: 'hello',
  Schema: [
    { message: { type: "string" } },
  ],
  Version: '0.1.0',
  Priority: 0,
}
`;

describe("a module", () => {
  test("in TypeScript for a compiler to CommonJS runs as it is, its missing types left out", async () => {
    const loaded = await loadDefault({ "classic.ts": CLASSIC });
    assert.deepEqual(Object.keys(loaded), ["Plugin", "Name", "Schema", "Version", "Priority"]);
    assert.equal(await new loaded.Plugin({ message: "hi" }).access({}), "hi");
  });

  test("in TypeScript may use its imports and set module.exports", async () => {
    const loaded = await loadDefault({
      "mixed.ts": `import * as fs from "fs"; import kong from "kong-pdk/kong";
        import { twice } from "./lib/twice"; import { definePlugin } from "gibbon";
        class Plugin { constructor(private config: number) {} access(k: kong) { return twice(this.config); } }
        module.exports = { Plugin, fs: typeof fs.existsSync, definePlugin, name: __filename };`,
      "lib/twice.ts":
        `import { two } from "./two"; export const twice = (n: number): number => two * n;`,
      "lib/two.ts": `export enum E { Two = 2 } export const two = E.Two;`,
    });
    assert.equal(new loaded.Plugin(4).access(), 8);
    assert.equal(loaded.fs, "function");
    assert.equal(loaded.definePlugin, gibbon.definePlugin);
    assert.match(loaded.name, /mixed\.ts$/);
  });

  test("in TypeScript has enums, parameter properties and unused imports", async () => {
    const loaded = await loadDefault({
      "plugin.ts": `import kong from "../nowhere"; import type { Kong } from "./neither.ts";
        import { definePlugin, type Plugin } from "gibbon"; import * as v from "valibot";
        enum Colour { Red = "red", Blue = "blue" }
        abstract class Base { constructor(protected readonly config: Colour) {} }
        class Impl extends Base { declare other: Kong; get = (k?: kong): string => this.config!; }
        export default definePlugin({ colour: new Impl(Colour.Blue).get(),
          schema: v.object({ a: v.optional(v.string()) }) } satisfies object as any);`,
    });
    assert.equal(loaded.colour, "blue");
    assert.deepEqual(valibot.parse(loaded.schema, { a: "x" }), { a: "x" });
  });

  test("written in any of the usual ways gives what it exports", async () => {
    const shapes: Record<string, string> = {
      "a.js": "module.exports = { Version: '1' };",
      "b.js": "exports.Version = '1';",
      "c.cjs": "const value = '1'; module.exports.Version = value;",
      "d.ts": "const Version: string = '1'; module.exports = { Version };",
      "e.cts": "const Version: string = '1'; export = { Version };",
      "f.cts": "import fs = require('node:fs'); module.exports = { Version: fs ? '1' : '' };",
      "g.cts": "import * as fs from 'fs'; exports.Version = fs.existsSync ? '1' : '';",
    };
    for (const [name, text] of Object.entries(shapes)) {
      const { default: exports } = await load({ [name]: text });
      assert.equal((exports as { Version?: string }).Version, "1", name);
    }
    const esm: Record<string, string> = {
      "a.js": "export const Version = '1';",
      "b.mjs": "const Version = '1'; export { Version };",
      "c.ts": "export const Version: string = '1';",
      "d.mts": "const Version: string = '1';\nexport { Version };",
      "e.js": "import fs from 'node:fs'; export const Version = fs ? '1' : '';",
      "f.ts": "export const Version = await Promise.resolve('1');",
    };
    for (const [name, text] of Object.entries(esm)) {
      assert.equal((await load({ [name]: text })).Version, "1", name);
    }
  });

  test("is not taken for what its comments, strings and types say", async () => {
    const commonjs = await load({
      "a.js":
        "// export default 1\nconst a = `\nexport default 1\n`, b = /`/;\nmodule.exports = a + '/*';",
    });
    assert.equal(commonjs.default, "\nexport default 1\n/*");
    const esm = await load({
      "b.ts": "/* module.exports = 1 */ const text = 'module.exports = 2';\nexport type A = 1;\n" +
        "export const value = text;",
    });
    assert.equal(esm.value, "module.exports = 2");
    const typed = await load({ "c.ts": "export type A = 1;\nmodule.exports = 3 as A | 3;" });
    assert.equal(typed.default, 3);
  });

  test("that is an ES module may use require and its like", async () => {
    const loaded = await load({
      "plugin.ts": `const fs = require("fs"); const { two } = require("./two");
        export const Version: string = typeof fs.existsSync + two; export const names = [__filename, __dirname];`,
      "two.js": "module.exports = { two: 2 };",
    });
    assert.equal(loaded.Version, "function2");
    const [file, folder] = loaded.names as string[];
    assert.equal(file, join(folder as string, "plugin.ts"));
  });

  test("that is CommonJS runs sloppily, with names of its own", async () => {
    const loaded = await loadDefault({
      "plugin.js": `module.exports = { sloppy: function () { return this !== undefined }(),
        dir: __dirname, file: __filename, main: require.main === module, id: typeof module.id };`,
    });
    assert.equal(loaded.sloppy, true);
    assert.equal(loaded.file, join(loaded.dir, "plugin.js"));
    assert.deepEqual([loaded.main, loaded.id], [false, "string"]);
  });

  test("that a bundler made is what the bundler said", async () => {
    const esm = await load({
      "esm.js":
        `import { createRequire } from "module";const require = createRequire(import.meta.url);
var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) => () => (mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports);
var require_x = __commonJS({ "x.js"(exports, module) {
    module.exports = { x: require("fs") ? 1 : 0 };
  } });
var stdin_default = require_x();
export { stdin_default as default };`,
    });
    assert.deepEqual(esm.default, { x: 1 });
    const cjs = await loadDefault({
      "cjs.js": `"use strict"; var __defProp = Object.defineProperty; var stdin_exports = {};
__defProp(stdin_exports, "__esModule", { value: true });
__defProp(stdin_exports, "default", { get: () => 7, enumerable: true });
module.exports = stdin_exports;`,
    });
    assert.equal(cjs.default, 7);
  });
});

describe("the provided modules", () => {
  test("are the very same for import and require, in TypeScript and JavaScript", async () => {
    const named = `import { definePlugin } from "gibbon"; import * as v from "valibot";`;
    const required = `const { definePlugin } = require("gibbon"); const v = require("valibot");`;
    const shapes: Record<string, string> = {
      "a.ts": `${named} export default [definePlugin, v.object, v.null];`,
      "b.js": `${named} export default [definePlugin, v.object, v.null];`,
      "c.mjs": `${named} export default [definePlugin, v.object, v.null];`,
      "d.mts": `${named} export default [definePlugin, v.object, v.null];`,
      "e.js": `${required} module.exports = [definePlugin, v.object, v.null];`,
      "f.cjs": `${required} module.exports = [definePlugin, v.object, v.null];`,
      "g.ts": `${required} module.exports = [definePlugin, v.object, v.null];`,
      "h.ts": `${named} module.exports = [definePlugin, v.object, v.null];`,
      "i.cts": `import g = require("gibbon"); import v = require("valibot");
        module.exports = [g.definePlugin, v.object, v.null];`,
      "j.js": `export default await Promise.all([import("gibbon"), import("valibot")])
        .then(([g, v]) => [g.definePlugin, v.object, v.null]);`,
    };
    for (const [name, text] of Object.entries(shapes)) {
      const [definePlugin, object, nothing] = await loadDefault({ [name]: text });
      assert.equal(definePlugin, gibbon.definePlugin, name);
      assert.equal(object, valibot.object, name);
      assert.equal(nothing, valibot.null, name);
    }
  });

  test("go before a package of the same name, and are there for packages too", async () => {
    const loaded = await loadDefault({
      "plugin.js": `import { definePlugin } from "gibbon"; import helper from "helper";
        export default [definePlugin, helper];`,
      "node_modules/gibbon/package.json": `{ "name": "gibbon", "main": "index.js" }`,
      "node_modules/gibbon/index.js": "exports.definePlugin = 'another';",
      "node_modules/helper/index.js": "module.exports = require('gibbon').definePlugin;",
    });
    assert.equal(loaded[0], gibbon.definePlugin);
    assert.equal(loaded[1], gibbon.definePlugin);
  });
});

describe("a module's imports", () => {
  test("find files beside it, whatever the extension says or leaves out", async () => {
    const loaded = await loadDefault({
      "plugin.ts":
        `import { a } from "./lib/a.ts"; import { b } from "./lib/b"; import c from "./lib/c.js";
        import { d } from "./lib"; import { e } from "./lib/e.js"; import data from "./data.json" with { type: "json" };
        export default [a, b, c.c, d, e, data.n];`,
      "lib/a.ts": "export const a: number = 1;",
      "lib/b.ts": `import { one } from "../more/one"; export const b: number = one + 1;`,
      "lib/c.js": "module.exports = { c: 3 };",
      "lib/index.ts": "export const d = 4 as const;",
      "lib/e.ts": "export const e: number = 5;",
      "more/one.ts": "export const one = 1;",
      "data.json": `{ "n": 6 }`,
    });
    assert.deepEqual(loaded, [1, 2, 3, 4, 5, 6]);
  });

  test("find files beside it with require too", async () => {
    const loaded = await loadDefault({
      "plugin.js": `const { a } = require("./lib/a.ts"); const { b } = require("./lib/b");
        const { d } = require("./lib"); const { e } = require("./lib/e"); const data = require("./data.json");
        module.exports = [a, b, e, d, data.n];`,
      "lib/a.ts": `import { one } from "../more/one.ts"; export const a: number = one;`,
      "lib/b.ts": "const b: number = 2; module.exports = { b };",
      "lib/e.mjs": "export const e = 3;",
      "lib/index.js": "exports.d = 4;",
      "more/one.ts": "export const one = 1;",
      "data.json": `{ "n": 5 }`,
    });
    assert.deepEqual(loaded, [1, 2, 3, 4, 5]);
  });

  test("find packages in a node_modules folder beside it", async () => {
    const packages = {
      "node_modules/old/package.json": `{ "name": "old", "main": "lib/main.js" }`,
      "node_modules/old/lib/main.js": "exports.named = 'old'; exports.where = __dirname;",
      "node_modules/new/package.json":
        `{ "name": "new", "type": "module", "exports": { ".": "./x.js", "./sub": "./y.js" } }`,
      "node_modules/new/x.js": "export default 'new'; export const named = 'new named';",
      "node_modules/new/y.js": "export const sub = 'sub';",
      "node_modules/@scope/pkg/index.js": "module.exports = require('inner');",
      "node_modules/@scope/pkg/node_modules/inner/package.json":
        `{ "type": "module", "exports": { "import": "./i.js", "require": "./i.cjs" } }`,
      "node_modules/@scope/pkg/node_modules/inner/i.js": "export { default } from './i.cjs';",
      "node_modules/@scope/pkg/node_modules/inner/i.cjs": "module.exports = 'scoped';",
      "node_modules/es/package.json":
        `{ "type": "module", "main": "es.js", "imports": { "#own": "./own.js" } }`,
      "node_modules/es/es.js":
        "import own from '#own'; import old from 'old'; export default own + old.named;",
      "node_modules/es/own.js": "export default 'own ';",
    };
    const expected = ["old", "new", "new named", "sub", "scoped", "own old"];
    const imported = await loadDefault({
      "plugin.ts":
        `import old from "old"; import fresh, { named } from "new"; import { sub } from "new/sub";
        import scoped from "@scope/pkg"; import es from "es";
        export default [old.named, fresh, named, sub, scoped, es];`,
      ...packages,
    });
    assert.deepEqual(imported, expected);
    const required = await loadDefault({
      "lib/plugin.js": `const old = require("old"); const fresh = require("new");
        module.exports = [old.named, fresh.default, fresh.named, require("new/sub").sub, require("@scope/pkg"),
          require("es").default];`,
      ...Object.fromEntries(Object.entries(packages).map(([path, text]) => [`lib/${path}`, text])),
    });
    assert.deepEqual(required, expected);
    const mixed = await loadDefault({
      "plugin.ts":
        `import * as old from "old"; import { named } from "new"; import fresh from "new";
        import { sub } from "new/sub"; import scoped from "@scope/pkg";
        import es from "es"; module.exports = [old.named, fresh, named, sub, scoped, es];`,
      ...packages,
    });
    assert.deepEqual(mixed, expected);
  });

  test("of one file from two sides give one module", async () => {
    const loaded = await loadDefault({
      "plugin.ts": `import { counter } from "./counter.ts"; import { other } from "./other.ts";
        export default counter === other;`,
      "counter.ts": "export const counter = { n: 0 };",
      "other.ts": `import { counter } from "./counter"; export const other = counter;`,
    });
    assert.equal(loaded, true);
  });

  test("find packages and files from where a symlink leads", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, {
        "..2026_01_01/plugin.ts":
          `import { a } from "./a.ts"; import b from "b"; export default [a, b];`,
        "..2026_01_01/a.ts": "export const a: number = 1;",
        "node_modules/b/index.js": "module.exports = 2;",
      });
      await symlink("..2026_01_01", join(folder, "..data"));
      await symlink("..data/plugin.ts", join(folder, "plugin.ts"));
      const loaded = await runtime.importModule(join(folder, "plugin.ts"));
      assert.deepEqual(loaded.default, [1, 2]);
    });
  });

  test("work in folders with unusual names", async () => {
    await withFolder(async (folder) => {
      const odd = join(folder, "a b#c%20d");
      await writeFiles(odd, {
        "plugin one.ts": `import { a } from "./a.ts"; export default a;`,
        "a.ts": "export const a: number = 1;",
        "two.js": `module.exports = require("./three");`,
        "three.js": `module.exports = 3;`,
      });
      assert.equal((await runtime.importModule(join(odd, "plugin one.ts"))).default, 1);
      assert.equal((await runtime.importModule(join(odd, "two.js"))).default, 3);
      const version = Date.now();
      assert.equal((await runtime.importModule(join(odd, "plugin one.ts"), version)).default, 1);
    });
  });
});

describe("another version", () => {
  const esm = (n: number) => ({
    "esm.ts":
      `import { n } from "./lib/n.ts"; import { m } from "./lib/m.js"; import data from "./data.json" with { type: "json" };
      import state from "state"; export default [${n}, n, m, data.n, ++state.loads]; export const later = () => import("./lib/later.ts");`,
    "cjs.js": `const { n } = require("./lib/n.ts"); const data = require("./data.json");
      module.exports = [${n}, n, require("./lib/m").m, data.n];`,
    "mixed.ts": `import { n } from "./lib/n"; module.exports = [${n} as number, n];`,
    "lib/n.ts": `export { n } from "./deep";`,
    "lib/deep.ts": `export const n: number = ${n};`,
    "lib/m.js": `module.exports = { m: ${n} };`,
    "lib/later.ts": `export const later: number = ${n};`,
    "data.json": `{ "n": ${n} }`,
    "node_modules/state/index.js": "module.exports = { loads: 0 };",
  });

  test("is loaded afresh with all that lies beside it, but not its packages", async () => {
    await withFolder(async (folder) => {
      const file = (name: string) => join(folder, name);
      for (const [n, version] of [[1, 0], [2, Date.now()], [3, Date.now() + 1]] as const) {
        await writeFiles(folder, esm(n));
        const loaded = await runtime.importModule(file("esm.ts"), version);
        assert.deepEqual(loaded.default, [n, n, n, n, n]);
        const cjs = await runtime.importModule(file("cjs.js"), version);
        assert.deepEqual(cjs.default, [n, n, n, n]);
        assert.deepEqual((await runtime.importModule(file("mixed.ts"), version)).default, [n, n]);
      }
    });
  });

  test("has the same names for its files", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, {
        "a.ts":
          `import c from "./c.js"; import m from "./m.ts"; export default [__filename, c, m];`,
        "b.js": `module.exports = [__filename, require("./c.js"), require("./m.ts")];`,
        "c.js": `module.exports = __filename;`,
        "m.ts":
          `import type kong from "../kong/protocol"; const name: string = __filename; module.exports = name;`,
      });
      const names = (first: string) => [first, "c.js", "m.ts"].map((name) => join(folder, name));
      for (const version of [0, Date.now()]) {
        const [a, b] = await Promise.all(
          ["a.ts", "b.js"].map((name) => runtime.importModule(join(folder, name), version)),
        );
        assert.deepEqual(a?.default, names("a.ts"));
        assert.deepEqual(b?.default, names("b.js"));
      }
    });
  });

  test("shares what is beside it with the other modules of that version", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, {
        "a.ts": `import { shared } from "./shared.ts"; export default shared;`,
        "b.ts": `import { shared } from "./shared.ts"; export default shared;`,
        "c.js": `module.exports = require("./common.js");`,
        "d.js": `module.exports = require("./common.js");`,
        "shared.ts": "export const shared = {};",
        "common.js": "module.exports = {};",
      });
      const version = Date.now();
      const [a, b, c, d] = await Promise.all(
        ["a.ts", "b.ts", "c.js", "d.js"].map((name) =>
          runtime.importModule(join(folder, name), version)
        ),
      );
      assert.equal(a?.default, b?.default);
      assert.equal(c?.default, d?.default);
      const again = await runtime.importModule(join(folder, "a.ts"), version + 1);
      assert.notEqual(again.default, a?.default);
    });
  });

  test("of a module that was broken is loaded once it is repaired", async () => {
    await withFolder(async (folder) => {
      const broken = {
        "a.ts": "export default {",
        "b.js": "module.exports = {",
        "c.ts": `import "./none.ts"; export default 1;`,
        "d.ts": "throw new Error('broken'); export default 1;",
        "e.ts": `import { x } from "./x.ts"; export default x;`,
        "x.ts": "export const y = 1;",
      };
      await writeFiles(folder, broken);
      const names = ["a.ts", "b.js", "c.ts", "d.ts", "e.ts"];
      const version = Date.now();
      for (const name of names) {
        await assert.rejects(runtime.importModule(join(folder, name), version));
      }
      await writeFiles(folder, {
        "a.ts": "export default 1;",
        "b.js": "module.exports = 1;",
        "none.ts": "",
        "d.ts": "export default 1;",
        "x.ts": "export const x = 1;",
      });
      for (const name of names) {
        const loaded = await runtime.importModule(join(folder, name), version + 1);
        assert.equal(loaded.default, 1, name);
      }
    });
  });
});
