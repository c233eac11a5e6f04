// How a module's text says how it is to be run.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  isWorkerScript,
  moduleShape,
  withoutComments,
} from "../../src/runtime/shared/modules/shape.ts";

const SHAPES: Readonly<Record<string, readonly (readonly [file: string, text: string])[]>> = {
  esm: [
    ["a.mjs", "module.exports = 1;"],
    ["a.mts", ""],
    ["a.js", "export default 1;"],
    ["a.js", "const a = 1;\nexport { a };"],
    ["a.js", "const a = 1; export{a as b}"],
    ["a.js", "export * from './b.js';"],
    ["a.js", "import './b.js';"],
    ["a.js", "import{a}from'./b.js';a()"],
    ["a.js", "import * as a from './b.js';"],
    ["a.js", "console.log(import.meta.url);"],
    ["a.ts", "export abstract class A {}"],
    ["a.ts", "export enum A { B }"],
    ["a.ts", "export async function a() {}"],
    ["a.ts", "import type { A } from './b.ts';\nconst a: A = 1;"],
    ["a.ts", "import a = require('./b.ts');\nexport const b = a;"],
    ["a.ts", "export const a = (exports: { b: 1 }) => { exports.b = 1; };"],
    ["a.js", "var x = (exports, module) => {\n  module.exports = 1;\n};\nexport default x;"],
    ["a.js", "module.exports = 1;\nexport default import.meta.url;"],
    ["a.js", "/* module.exports = 1 */ export default 'module.exports = 2';"],
  ],
  commonjs: [
    ["a.js", ""],
    ["a.js", "'use strict';\nconst a = require('a');"],
    ["a.js", "module.exports = 1;"],
    ["a.js", "exports.a = 1;"],
    ["a.js", "const a = import('a');\nmodule.exports = a;"],
    ["a.js", "// export default 1\nmodule.exports = 1;"],
    ["a.js", "module.exports = `\nexport default 1;\n`;"],
    ["a.js", "const a = /[`'\"]/;\nmodule.exports = `\nexport default ${a};`"],
    ["a.js", "const a = 1 / 2; // '\nmodule.exports = {\n  export: a,\n  import: a / 2,\n};"],
    ["a.js", "const important = 1, exported = 2;\nimportant;\nexported;"],
    ["a.ts", "const a: number = 1;\nmodule.exports = { a };"],
    ["a.cts", "const a: number = 1;"],
    ["a.cjs", "const a = 'import b from c';"],
  ],
  mixed: [
    ["a.ts", "import kong from '../kong/protocol';\nmodule.exports = 1;"],
    ["a.ts", "import type kong from '../kong/protocol';\nexports.a = 1;"],
    ["a.ts", "export type A = 1;\nmodule.exports = 1;"],
    ["a.ts", "module.exports = 1;\nexport {};"],
    ["a.ts", "const a = 1;\nexport = a;"],
    ["a.ts", "export class A {}\nmodule.exports = { A };"],
    ["a.js", "import fs from 'fs';\nmodule.exports = fs;"],
    ["a.cts", "import a = require('a');"],
    ["a.cts", "export const a: number = 1;"],
    ["a.cjs", "import a from 'a';"],
  ],
};

describe("the shape of a module", () => {
  for (const [shape, modules] of Object.entries(SHAPES)) {
    for (const [file, text] of modules) {
      test(`is ${shape}: ${file} ${JSON.stringify(text)}`, () => {
        assert.equal(moduleShape(file, text), shape);
      });
    }
  }

  test("is found in a text of a megabyte", () => {
    const line =
      "var a = b / c; var d = \"it's\"; // it's `\n/* ` */ var e = /[/`]/.test(`x${d}`);\n";
    const text = line.repeat(15_000);
    assert.equal(moduleShape("a.js", `${text}module.exports = 1;`), "commonjs");
    assert.equal(moduleShape("a.js", `${text}export default 1;`), "esm");
  });
});

test("code is a text without comments, strings, templates and regular expressions", () => {
  const text = "a = 'b\\'c'; // d\ne = `f\n${g}`; h = i / j / k; l(/m'/g, \"n\"); /* o\np */ q";
  assert.equal(withoutComments(text), "a = '';  \ne = ``; h = i / j / k; l( g, \"\");   q");
});

describe("the script of a worker thread", () => {
  const scripts = [
    'import { parentPort } from "node:worker_threads";\nparentPort!.on("message", () => {});',
    'const { parentPort, workerData } = require("worker_threads"); parentPort.postMessage(workerData);',
    "self.onmessage = (event) => self.postMessage(event.data);",
    "onmessage = (event) => postMessage(event.data);",
    "self.addEventListener('message', () => {}); export {};",
  ];
  for (const source of scripts) test(source, () => assert.equal(isWorkerScript(source), true));

  const others = [
    'import { parentPort } from "node:worker_threads";\nexport default { access() { parentPort; } };',
    "const { parentPort } = require('worker_threads'); module.exports = { Plugin: class {} };",
    "// parentPort\nconst text = 'self.onmessage';",
    "self.addEventListener('fetch', () => {});",
    "socket.onmessage = () => {};",
    "",
  ];
  for (const source of others) {
    test(`is not ${source}`, () => assert.equal(isWorkerScript(source), false));
  }
});
