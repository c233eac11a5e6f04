// Entries of a plugins directory that are no files, or too large ones: told of, never waited for.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { loadPlugins } from "../../../src/kong/loader/load.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { runtime } from "./fixture.ts";

const space = useWorkspace();
const PLUGIN = "export default { access() {} };";
const pipe = (path: string) => execFileSync("mkfifo", [path]);

/** Loads a directory; gives the plugins' names, and what is wrong by the name of who is at fault. */
async function load(folder: string, fileBytes?: number) {
  const { plugins, problems } = await loadPlugins(runtime, folder, fileBytes ? { fileBytes } : {});
  for (const { code } of problems) assert.equal(code, "PLUGIN_BROKEN");
  return {
    names: plugins.map(({ name }) => name),
    problems: Object.fromEntries(
      problems.map(({ plugin = "", message }) => [plugin, message] as const),
    ) as Record<string, string>,
  };
}

describe("a named pipe", () => {
  test("in the place of a module", async () => {
    const folder = await space.folder({ "good.ts": PLUGIN });
    pipe(join(folder, "pipe.ts"));
    pipe(join(folder, "other.js"));
    await symlink(join(folder, "pipe.ts"), join(folder, "link.mts"));
    const { names, problems } = await load(folder);
    assert.deepEqual(names, ["good"]);
    assert.match(problems["link"] ?? "", /link cannot be loaded: .*pipe\.ts is a named pipe/);
    assert.match(problems["other"] ?? "", /other\.js is a named pipe, not a file/);
  });

  test("in the place of a folder's package.json or index", async () => {
    const folder = await space.folder({
      "good.ts": PLUGIN,
      "one/index.ts": PLUGIN,
      "two/package.json": "{}",
    });
    pipe(join(folder, "one/package.json"));
    pipe(join(folder, "two/index.js"));
    const { names, problems } = await load(folder);
    assert.deepEqual(names, ["good"]);
    assert.match(problems["one"] ?? "", /package\.json is a named pipe, not a file/);
    assert.match(problems["two"] ?? "", /index\.js is a named pipe, not a file/);
  });

  for (const name of ["package.json", "tsconfig.json"]) {
    test(`as the ${name} above a plugin, which the runtimes read`, async () => {
      const folder = await space.folder({ "plugins/a.ts": PLUGIN, "plugins/b.js": PLUGIN });
      pipe(join(folder, name));
      const { names, problems } = await load(join(folder, "plugins"));
      assert.deepEqual(names, []);
      for (const plugin of ["a", "b"]) {
        assert.ok(problems[plugin]?.includes(`${name} is a named pipe, not a file`), plugin);
      }
    });
  }

  const imports: Readonly<Record<string, string>> = {
    "with its extension": `import "./lib/pipe.ts"; ${PLUGIN}`,
    "without it": `import "./lib/pipe"; ${PLUGIN}`,
    "under another name": `import "./lib/thing.txt"; ${PLUGIN}`,
    "as JSON": `import data from "./lib/data.json" with { type: "json" };
      export default { access: () => data };`,
    "at run time": `await import("./lib/" + "pipe.ts"); ${PLUGIN}`,
    "by a helper": `import "./lib/helper.ts"; ${PLUGIN}`,
    "by require": `const data = require("./lib/data.json"); module.exports = { Plugin: data };`,
  };
  for (const [how, text] of Object.entries(imports)) {
    test(`that a plugin imports ${how}`, async () => {
      const folder = await space.folder({
        "good.ts": PLUGIN,
        "bad.ts": text,
        "lib/helper.ts": `import "./pipe.ts"; export const x = 1;`,
      });
      for (const name of ["pipe.ts", "data.json", "thing.txt"]) pipe(join(folder, "lib", name));
      const { names, problems } = await load(folder);
      assert.deepEqual(names, ["good"]);
      assert.match(
        problems["bad"] ?? "",
        /lib\/[a-z.]+ is a named pipe, not a file|Cannot find module "\.\/lib\/pipe"/,
      );
    });
  }
});

describe("other things", () => {
  test("a device, and a directory with the name of a module", async () => {
    const folder = await space.folder({ "good.ts": PLUGIN });
    await symlink("/dev/zero", join(folder, "zero.ts"));
    await mkdir(join(folder, "folder.ts"));
    const { names, problems } = await load(folder);
    assert.deepEqual(names, ["good"]);
    assert.deepEqual(Object.keys(problems), ["zero"]);
    assert.match(problems["zero"]!, /is a device, not a file/);
  });

  test("files past the limit, imported ones too", async () => {
    const long = `${PLUGIN}//${"x".repeat(2000)}`;
    const folder = await space.folder({
      "good.ts": PLUGIN,
      "long.ts": long,
      "user.ts": `import "./lib/long.ts"; ${PLUGIN}`,
      "lib/long.ts": long,
    });
    const { names, problems } = await load(folder, 1000);
    assert.deepEqual(names, ["good"]);
    const expected = `long.ts has ${long.length} bytes, and 1000 are allowed (--max-plugin-file)`;
    for (const plugin of ["long", "user"]) {
      assert.ok(problems[plugin]?.includes(expected), problems[plugin]);
    }
    assert.deepEqual((await load(folder, long.length)).names, ["good", "long", "user"]);
  });

  test("names that are odd", async () => {
    const folder = await space.folder({ "good.ts": PLUGIN });
    const named = (name: string) =>
      `export default { name: ${JSON.stringify(name)}, access() {} };`;
    const odd = ["new\nline", `quo"te'`, "a b", "per%20cent", "ha#sh", "ques?tion", "${x}`", "ü"];
    for (const [index, name] of odd.entries()) {
      await writeFile(join(folder, `${name}.ts`), named(`odd${index}`));
    }
    await writeFile(join(folder, `${"l".repeat(250)}.ts`), named("long"));
    // By a shell: not every runtime takes such a name.
    const script = 'printf %s "$2" > "$1/$(printf "x\\377").ts"';
    execFileSync("sh", ["-c", script, "sh", folder, PLUGIN]);
    const { names, problems } = await load(folder);
    assert.ok(names.includes("good"));
    assert.ok(names.includes("long"));
    const told = [...names, ...Object.keys(problems)];
    // Each of them is there, or somebody says why not.
    assert.equal(told.length, odd.length + 3, told.join(" "));
    const unreadable = Object.keys(problems).find((plugin) => plugin.includes("\ufffd")) ?? "";
    assert.match(problems[unreadable] ?? "", /its name is not UTF-8/);
  });

  test("two thousand plugins", async () => {
    const files = Array.from({ length: 2000 }, (_, i) => [`p${i}.js`, PLUGIN] as const);
    const { names } = await load(await space.folder(Object.fromEntries(files)));
    assert.equal(names.length, 2000);
  });
});
