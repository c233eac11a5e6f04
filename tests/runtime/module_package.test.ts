// Finding packages in node_modules folders, as Node.js finds them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findPackageFile } from "../../src/runtime/shared/modules/package.ts";
import { withFolder, writeFiles } from "../support/folder.ts";

const FILES = {
  "node_modules/main/package.json": `{ "main": "lib/main.js" }`,
  "node_modules/main/lib/main.js": "",
  "node_modules/main/lib/other.js": "",
  "node_modules/short/package.json": `{ "main": "lib/main" }`,
  "node_modules/short/lib/main.js": "",
  "node_modules/folder/package.json": `{ "main": "./lib" }`,
  "node_modules/folder/lib/index.js": "",
  "node_modules/index/index.js": "",
  "node_modules/gone/package.json": `{ "main": "gone.js" }`,
  "node_modules/gone/index.js": "",
  "node_modules/@scope/name/index.js": "",
  "node_modules/@scope/name/sub/part.js": "",
  "node_modules/string/package.json": `{ "exports": "./x.js" }`,
  "node_modules/string/x.js": "",
  "node_modules/both/package.json":
    `{ "exports": { "import": "./x.mjs", "require": "./x.cjs", "default": "./x.js" } }`,
  "node_modules/both/x.mjs": "",
  "node_modules/both/x.cjs": "",
  "node_modules/both/x.js": "",
  "node_modules/table/package.json": JSON.stringify({
    exports: {
      ".": { types: "./x.d.ts", node: { import: "./node.mjs" }, default: "./x.js" },
      "./sub": ["./sub.js"],
      "./deep/*": "./dist/*.js",
      "./deep/special/*.js": "./special/*.js",
      "./deep/private/*": null,
    },
  }),
  "node_modules/table/node.mjs": "",
  "node_modules/table/x.js": "",
  "node_modules/table/sub.js": "",
  "node_modules/table/dist/a/b.js": "",
  "node_modules/table/special/a.js": "",
  "node_modules/own/package.json": JSON.stringify({
    imports: { "#in": "./lib/in.js", "#dep": { node: "main" }, "#all/*": "./lib/*.js" },
  }),
  "node_modules/own/lib/in.js": "",
  "node_modules/own/index.js": "",
  "near/node_modules/main/index.js": "",
  "near/deep/x.js": "",
};

const IMPORT = ["node", "import"];
const REQUIRE = ["node", "require"];

/** Where a specifier leads, in a folder of packages. */
async function find(
  specifier: string,
  conditions: readonly string[] = IMPORT,
  parent = "plugin.ts",
): Promise<string | undefined> {
  let found: string | undefined;
  await withFolder(async (folder) => {
    await writeFiles(folder, FILES);
    found = findPackageFile(specifier, join(folder, parent), conditions)?.replace(`${folder}/`, "");
  });
  return found;
}

describe("a package", () => {
  const CASES: readonly (readonly [string, string | undefined, (readonly string[])?, string?])[] = [
    ["main", "node_modules/main/lib/main.js"],
    ["main/lib/other.js", "node_modules/main/lib/other.js"],
    ["main/lib/other", "node_modules/main/lib/other.js"],
    ["main/none", undefined],
    ["short", "node_modules/short/lib/main.js"],
    ["folder", "node_modules/folder/lib/index.js"],
    ["index", "node_modules/index/index.js"],
    ["gone", "node_modules/gone/index.js"],
    ["@scope/name", "node_modules/@scope/name/index.js"],
    ["@scope/name/sub/part.js", "node_modules/@scope/name/sub/part.js"],
    ["string", "node_modules/string/x.js"],
    ["string/sub", undefined],
    ["both", "node_modules/both/x.mjs"],
    ["both", "node_modules/both/x.cjs", REQUIRE],
    ["both", "node_modules/both/x.js", []],
    ["table", "node_modules/table/node.mjs"],
    ["table", "node_modules/table/x.js", REQUIRE],
    ["table/sub", "node_modules/table/sub.js"],
    ["table/deep/a/b", "node_modules/table/dist/a/b.js"],
    ["table/deep/special/a.js", "node_modules/table/special/a.js"],
    ["table/deep/private/a", undefined],
    ["table/none", undefined],
    ["main", "near/node_modules/main/index.js", IMPORT, "near/deep/x.js"],
    ["index", "node_modules/index/index.js", IMPORT, "near/deep/x.js"],
    ["#in", "node_modules/own/lib/in.js", IMPORT, "node_modules/own/index.js"],
    ["#all/in", "node_modules/own/lib/in.js", IMPORT, "node_modules/own/index.js"],
    ["#dep", "node_modules/main/lib/main.js", IMPORT, "node_modules/own/index.js"],
    ["#none", undefined, IMPORT, "node_modules/own/index.js"],
    ["no-such", undefined],
    ["./main", undefined],
    ["npm:main", undefined],
    ["#main", undefined],
  ];
  for (const [specifier, expected, conditions, parent] of CASES) {
    const how = `${conditions?.join("+") ?? "import"}${parent ? ` in ${parent}` : ""}`;
    test(`is found: ${specifier} (${how})`, async () => {
      assert.equal(await find(specifier, conditions, parent), expected);
    });
  }
});
