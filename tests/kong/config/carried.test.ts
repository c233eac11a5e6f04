// What of a plugins directory goes where Kong runs: nothing that a plugin needs stays behind unsaid.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packagesOutside, sortDirectory, type Way } from "../../../src/kong/config/carried.ts";
import { withFolder, writeFiles } from "../../support/folder.ts";

const FILES = {
  "plugins/plain.ts": `import "./helper.ts"; import "gibbon";`,
  "plugins/helper.ts": "",
  "plugins/nobodys.ts": "",
  "plugins/rules.json": "{}",
  "plugins/gibbon.dev.json": "{}",
  "plugins/kong.yml": "",
  "plugins/plain.test.ts": "",
  "plugins/tsconfig.json": "{}",
  "plugins/.env": "SECRET=1",
};
const NEXT: Readonly<Record<string, string>> = {
  "plugins/packaged.ts": `import "inside"; import "outside";`,
  "plugins/inside.ts": `import "inside";`,
  "plugins/node_modules/inside/package.json": "{}",
  "node_modules/outside/package.json": "{}",
};

const IMAGE: Way = { foldersGo: true, together: true };
const CONFIG_MAP: Way = { foldersGo: false, together: false };

/** Sorts a directory with these files, where some modules are plugins. */
async function sorted(files: Readonly<Record<string, string>>, names: string[], way: Way) {
  let result!: { entries: string[]; bundled: [string, string][]; left: string[] };
  await withFolder(async (folder) => {
    await writeFiles(folder, files);
    const directory = join(folder, "plugins");
    const plugins = names.map((path) => {
      return { name: path.replace(/[./].*$/, ""), file: join(directory, path) };
    });
    const { entries, bundled, left } = await sortDirectory(directory, plugins, ["gibbon"], way);
    result = {
      entries: entries.map(({ name, isFolder }) => isFolder ? `${name}/` : name),
      bundled: bundled.map(({ plugin, reason }) => [plugin.name, reason.replace(folder, "")]),
      left: left.map((line) => line.slice(directory.length + 1)),
    };
  });
  return result;
}

describe("a directory of plain plugins", () => {
  for (const [name, way] of Object.entries({ IMAGE, CONFIG_MAP })) {
    test(`goes as it is, without what authors keep there (${name})`, async () => {
      const { entries, bundled, left } = await sorted(FILES, ["plain.ts"], way);
      assert.deepEqual(entries, ["helper.ts", "nobodys.ts", "plain.ts", "rules.json"]);
      assert.deepEqual(bundled, []);
      assert.deepEqual(left, [
        "gibbon.dev.json stays behind: settings of gibbon dev",
        "kong.yml stays behind: Kong's own configuration",
        "plain.test.ts stays behind: a test",
        "tsconfig.json stays behind: for editors",
      ]);
    });
  }

  test("takes along what a plugin imports, whatever it looks like", async () => {
    const files = { ...FILES, "plugins/plain.ts": `import dev from "./gibbon.dev.json";` };
    const { entries } = await sorted(files, ["plain.ts"], CONFIG_MAP);
    assert.ok(entries.includes("gibbon.dev.json"));
  });
});

describe("packages", () => {
  test("above the directory make a bundle, in a ConfigMap those in it, too", async () => {
    const files = { ...FILES, ...NEXT };
    const plugins = ["plain.ts", "packaged.ts", "inside.ts"];
    const map = await sorted(files, plugins, CONFIG_MAP);
    assert.deepEqual(map.bundled, [
      ["packaged", "packaged.ts imports the package inside and 1 more"],
      ["inside", "inside.ts imports the package inside"],
    ]);
    assert.deepEqual(map.entries, ["helper.ts", "nobodys.ts", "plain.ts", "rules.json"]);
    assert.ok(map.left.includes("node_modules stays behind: no plugin needs it beside itself"));

    const image = await sorted(files, plugins, IMAGE);
    assert.deepEqual(image.bundled, [
      ["plain", "others do"],
      ["packaged", "packaged.ts imports the package outside"],
      ["inside", "others do"],
    ]);
    assert.deepEqual(image.entries, ["nobodys.ts", "rules.json"]);
  });

  test("in the directory go along in an image", async () => {
    const files = { ...FILES, ...NEXT };
    const { entries, bundled } = await sorted(files, ["plain.ts", "inside.ts"], IMAGE);
    assert.deepEqual(bundled, []);
    assert.ok(entries.includes("node_modules/"));
  });

  test("are told of where the directory alone is mounted", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, { ...FILES, ...NEXT });
      const directory = join(folder, "plugins");
      const plugins = ["plain", "packaged"].map((name) => {
        return { name, file: join(directory, `${name}.ts`) };
      });
      assert.deepEqual(await packagesOutside(directory, plugins, ["gibbon"]), [
        `packaged imports outside, which is not in ${directory}`,
      ]);
    }));
});

describe("files elsewhere", () => {
  test("than in the directory make a bundle", async () => {
    const files = { ...FILES, "plugins/plain.ts": `import "../shared.ts";`, "shared.ts": "" };
    for (const way of [IMAGE, CONFIG_MAP]) {
      const { bundled } = await sorted(files, ["plain.ts"], way);
      assert.match(bundled[0]![1], /^it imports .*\/shared\.ts, which is not in the directory$/);
    }
  });

  test("than right in it make one for a ConfigMap", async () => {
    const files = {
      ...FILES,
      "plugins/plain.ts": `import "./lib/helper.ts";`,
      "plugins/lib/helper.ts": "",
      "plugins/folder/index.ts": "",
    };
    const plugins = ["plain.ts", "folder/index.ts"];
    const { bundled, entries } = await sorted(files, plugins, CONFIG_MAP);
    assert.deepEqual(bundled, [
      ["plain", "lib/helper.ts is in a folder, and a ConfigMap has none"],
      ["folder", "folder/index.ts is in a folder, and a ConfigMap has none"],
    ]);
    assert.deepEqual(entries, ["helper.ts", "nobodys.ts", "rules.json"]);
    const image = await sorted(files, plugins, IMAGE);
    assert.deepEqual(image.bundled, []);
    assert.ok(image.entries.includes("lib/") && image.entries.includes("folder/"));
  });

  test("that no plugin imports keep a ConfigMap from being made", async () => {
    const files = { ...FILES, "plugins/data/words.txt": "" };
    await assert.rejects(sorted(files, ["plain.ts"], CONFIG_MAP), {
      code: "OPTION_INVALID",
      message: /data is a folder$/,
    });
    const { entries } = await sorted(files, ["plain.ts"], IMAGE);
    assert.ok(entries.includes("data/"));
  });
});
