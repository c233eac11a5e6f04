// Plugin directories that are not what they should be: odd names, a great many files, what cannot be
// read, what is gone or somebody else's all of a sudden.
import assert from "node:assert/strict";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { loadPlugins } from "../../../../src/kong/loader/load.ts";
import { detectRuntime } from "../../../../src/runtime/detect.ts";
import { until } from "../../../support/until.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { guardOver, Stage } from "../../life/stage.ts";
import { PROGRAMS } from "../../support/programs.ts";

const space = useWorkspace();
const runtime = await detectRuntime();

const plugin = (name?: string) =>
  `export default { [Symbol.for("gibbon.definition")]: true, access() {}${
    name === undefined ? "" : `, name: "${name}"`
  } };`;

/** Names that no shell and no URL likes, and that JavaScript has a meaning for. */
const ODD_NAMES = [
  ...["__proto__", "constructor", "toString", "-rf", "--help", "a b", "a'b", 'a"b', "a\nb", "a\tb"],
  ...["a?b", "a#b", "a%2fb", "%", "%00", "a&b;c", "$(id)", "`id`", "ä", "🐒", "a\\b", "*", "con"],
  ...["..a", "a..", "~", "\u202ea", "\u0001", "a".repeat(240)],
];

describe("a directory of plugins", () => {
  test("with odd names is loaded, and says what it does not take", async () => {
    const names = ODD_NAMES.map((name) => [`${name}.js`, plugin()]);
    const folder = await space.folder({ ...Object.fromEntries(names), "good.js": plugin() });
    const { plugins, problems } = await loadPlugins(runtime, folder);
    const loaded = plugins.map(({ name }) => name);
    assert.ok(loaded.includes("good"));
    for (const name of loaded) assert.match(name, /^[\w.-]+$/);
    for (const { message } of problems) assert.ok(message.length < 2000, message);
    // Hidden files are nobody's business; each other one is loaded, or has a reason.
    const shown = ODD_NAMES.filter((name) => !name.startsWith("."));
    assert.equal(plugins.length - 1 + problems.length, shown.length, `${loaded}\n${problems}`);
  });

  test("with 2,000 plugins is loaded whole", async () => {
    const files = Array.from({ length: 2000 }, (_, i) => [`p${i}.js`, plugin()]);
    const folder = await space.folder(Object.fromEntries(files));
    const { plugins, problems } = await loadPlugins(runtime, folder);
    assert.deepEqual([plugins.length, problems.length], [2000, 0]);
  });

  test("with what leads nowhere, or in circles, is loaded but for that", async () => {
    const folder = await space.folder({ "good.js": plugin() });
    await symlink(join(folder, "nowhere"), join(folder, "gone.js"));
    await symlink(join(folder, "circle.js"), join(folder, "circle.js"));
    await symlink(folder, join(folder, "itself"));
    const { plugins, problems } = await loadPlugins(runtime, folder);
    assert.deepEqual(plugins.map(({ name }) => name), ["good"]);
    assert.deepEqual(problems.map(({ plugin }) => plugin).sort(), ["circle", "gone"]);
  });

  test("that may not be read is an error with a remedy", {
    skip: process.getuid?.() === 0 ? "root may read everything" : false,
  }, async () => {
    const folder = await space.folder({ "good.js": plugin() });
    await chmod(folder, 0);
    space.later(() => chmod(folder, 0o700));
    await assert.rejects(loadPlugins(runtime, folder), { code: "PLUGIN_DIRECTORY" });
  });
});

describe("a server that watches its directory", () => {
  /** A stage whose directory is a symlink, and where that leads. */
  async function watching() {
    const folder = await space.folder({
      "first/guard.ts": guardOver("ProtoBuf:1").files["guard.ts"]!,
    });
    const link = join(folder, "plugins");
    await symlink(join(folder, "first"), link);
    const stage = await Stage.start(space, {
      program: PROGRAMS[0]!,
      plugins: [guardOver("ProtoBuf:1")],
      serve: ["--watch", "--plugins-directory", link],
    });
    await stage.served();
    return { folder, link, stage };
  }

  test("goes on with what it has when that is gone, and takes what comes", async () => {
    const { folder, stage } = await watching();
    await rename(join(folder, "first"), join(folder, "away"));
    await until(() => stage.log.includes("could not be loaded again"));
    assert.equal((await stage.kong.request()).kind, "ok");
    await rename(join(folder, "away"), join(folder, "first"));
    await writeFile(join(folder, "first", "more.js"), plugin());
    await until(() => /loaded again plugins=.*more/.test(stage.log));
    assert.equal((await stage.kong.request()).kind, "ok");
  });

  test("follows its symlink to another directory", async () => {
    const { folder, link, stage } = await watching();
    await mkdir(join(folder, "second"));
    await writeFile(join(folder, "second", "guard.ts"), guardOver("ProtoBuf:1").files["guard.ts"]!);
    await writeFile(join(folder, "second", "more.js"), plugin());
    await symlink(join(folder, "second"), `${link}.new`);
    await rename(`${link}.new`, link);
    await until(() => /loaded again plugins=.*more/.test(stage.log));
    await rm(join(folder, "first"), { recursive: true });
    assert.equal((await stage.kong.request()).kind, "ok");
  });
});
