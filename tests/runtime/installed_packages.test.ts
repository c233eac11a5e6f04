// Installed packages that a runtime has something of its own for: stand-ins by the same name, addons.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { withFolder, writeFiles } from "../support/folder.ts";

const runtime = await detectRuntime();

/** Imports the first of the files, beside packages that say who they are. */
async function load(files: Readonly<Record<string, string>>, version = 0): Promise<unknown> {
  let value: unknown;
  await withFolder(async (folder) => {
    await writeFiles(folder, { ...files, ...PACKAGES });
    const file = join(folder, Object.keys(files)[0]!);
    value = (await runtime.importModule(file, version)).default;
  });
  return value;
}

const PACKAGES = {
  "node_modules/undici/package.json": '{ "name": "undici", "main": "index.js" }',
  "node_modules/undici/index.js": "exports.Pool = class { who() { return 'installed undici'; } };",
  "node_modules/ws/package.json":
    '{ "name": "ws", "exports": { ".": { "import": "./wrapper.mjs", "require": "./index.js" } } }',
  "node_modules/ws/index.js": "module.exports = 'required ws';",
  "node_modules/ws/wrapper.mjs": "export default 'imported ws';",
  "node_modules/node-fetch/package.json":
    '{ "name": "node-fetch", "type": "module", "exports": "./fetch.js" }',
  "node_modules/node-fetch/fetch.js": "export default 'installed node-fetch';",
};

describe("an installed package goes before the runtime's stand-in", () => {
  test("in an ES module, whichever way it is imported", async () => {
    const source = `
import { Pool } from "undici";
import ws from 'ws';
import fetch from "./again.ts";
const { Pool: Later }: { Pool: new () => { who(): string } } = (await import("undici")) as never;
export default [new (Pool as never as new () => { who(): string })().who(), ws, fetch, new Later().who()];
`;
    const again = 'export { default } from "node-fetch";\n';
    assert.deepEqual(await load({ "a.ts": source, "again.ts": again }), [
      "installed undici",
      "imported ws",
      "installed node-fetch",
      "installed undici",
    ]);
  });

  test("in CommonJS, and where both are mixed", async () => {
    const source = `const { Pool } = require("undici");
const ws = require("ws");
module.exports = [new Pool().who(), ws, require("./helper.js")];
`;
    const helper = 'module.exports = require("ws");\n';
    assert.deepEqual(await load({ "a.js": source, "helper.js": helper }), [
      "installed undici",
      "required ws",
      "required ws",
    ]);
    const mixed = `import { Pool } from "undici";
const who: string = new (Pool as any)().who();
module.exports = who;
`;
    assert.equal(await load({ "a.ts": mixed }), "installed undici");
  });

  test("in another version of a module as well", async () => {
    const source = 'import { Pool } from "undici";\nexport default new (Pool as any)().who();\n';
    assert.equal(await load({ "a.ts": source }, 1), "installed undici");
    assert.equal(await load({ "a.ts": source }, 2), "installed undici");
  });
});

test("a native addon is given to the system, not read as a text", async () => {
  const files = { "a.js": 'module.exports = require("addon");\n' };
  const addon = { "node_modules/addon/index.js": 'module.exports = require("./a.node");\n' };
  await assert.rejects(load({ ...files, ...addon, "node_modules/addon/a.node": "no addon" }), {
    message: /a\.node.*(?:too short|invalid|ELF|header|slice|mach-o)/i,
  });
});
