// What a module reaches: files by path in every spelling, and packages, but nothing built in.
import assert from "node:assert/strict";
import { realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { reachOf } from "../../../src/modules/bundle/reach.ts";
import { contentsOf, nameInStacks, packageFolder } from "../../../src/modules/bundle/contents.ts";
import { withFolder, writeFiles } from "../../support/folder.ts";

const FILES = {
  "auth.ts": `
    import type { Types } from "only-types";
    import { definePlugin } from "gibbon";
    import fs from "node:fs";
    import path from "path";
    import { Pool } from "undici";
    import { SignJWT } from "jose";
    import { deep } from "@scope/name/deep";
    import { a } from "./lib/a.js";
    // import { never } from "commented-out";
    const text = 'import x from "in-a-string"';
    export { b } from "./lib/b";
    const { c } = require("./lib");
    const lazy = () => import("lazy");
    import "#internal";
  `,
  "lib/a.ts": `import "../auth.ts"; import ms from "ms"; import rules from "./rules.json";`,
  "lib/b.cts": "exports.b = 1;",
  "lib/index.js": "exports.c = 1;",
  "lib/rules.json": "{}",
  "lib/unused.ts": "export {};",
  "broken.ts": "import './lib/b'; const = 1;",
};

describe("a module reaches", () => {
  test("files by path, and packages by name", () =>
    withFolder(async (given) => {
      const folder = await realpath(given);
      await writeFiles(folder, FILES);
      const { files, packages } = reachOf(join(folder, "auth.ts"), ["gibbon", "valibot"]);
      assert.deepEqual(files.map((file) => relative(folder, file)).sort(), [
        "auth.ts",
        "lib/a.ts",
        "lib/b.cts",
        "lib/index.js",
        "lib/rules.json",
      ]);
      assert.deepEqual(
        [...packages].map(([name, file]) => [name, relative(folder, file)]).sort(),
        [
          ["#internal", "auth.ts"],
          ["@scope/name/deep", "auth.ts"],
          ["jose", "auth.ts"],
          ["lazy", "auth.ts"],
          ["ms", "lib/a.ts"],
          ["undici", "auth.ts"],
        ],
      );
    }));

  test("itself alone where it cannot be parsed, or is not there", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, FILES);
      for (const name of ["broken.ts", "nowhere.ts"]) {
        const file = join(folder, name);
        assert.deepEqual(reachOf(file, []), { files: [file], packages: new Map() });
      }
    }));
});

describe("what a bundle is made of", () => {
  test("is told by packages, each with its version and folder", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, {
        "node_modules/jose/package.json": '{ "name": "jose", "version": "6.1.0" }',
        "node_modules/@scope/name/package.json": "{ no JSON",
      });
      const packages = join(folder, "node_modules");
      const contents = contentsOf([
        join(folder, "auth.ts"),
        join(packages, "jose/a.js"),
        join(packages, "jose/b.js"),
        join(packages, "@scope/name/c.js"),
      ]);
      assert.deepEqual(contents, {
        own: [join(folder, "auth.ts")],
        packages: [
          { name: "@scope/name", version: "", folder: join(packages, "@scope/name") },
          { name: "jose", version: "6.1.0", folder: join(packages, "jose") },
        ],
      });
    }));

  test("is named in stacks without the place where it was bundled", () => {
    assert.equal(nameInStacks("/home/me/plugins/lib/a.ts", "/home/me/plugins"), "lib/a.ts");
    assert.equal(nameInStacks("/home/me/a.ts", "/home/me/plugins"), "../a.ts");
    const nested = "/home/me/node_modules/one/node_modules/two/x.js";
    assert.equal(nameInStacks(nested, "/home/me/plugins"), "node_modules/two/x.js");
    assert.equal(packageFolder(nested), "/home/me/node_modules/one/node_modules/two");
    assert.equal(packageFolder("/home/me/x.js"), undefined);
  });
});
