// Noticing that plugins have changed, and loading them afresh.
import assert from "node:assert/strict";
import { rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Plugin } from "../../src/kong/engine/plugin.ts";
import { DirectoryWatch, watchPlugins } from "../../src/modules/watch.ts";
import { type Later, withFolder, writeFiles } from "../support/folder.ts";
import { until } from "../runtime/peer.ts";
import { loadFolder } from "../kong/loader/fixture.ts";

const OPTIONS = { pollMs: 5 };

/** Watches a folder and counts its changes. */
async function watch(folder: string, later: Later): Promise<{ changes: number }> {
  const seen = { changes: 0 };
  const watcher = await watchPlugins(folder, () => void seen.changes++, OPTIONS);
  later(() => watcher.close());
  return seen;
}

/** Writes a file in one go, so that it is one change. */
async function put(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, ".new"), text);
  await rename(join(folder, ".new"), join(folder, name));
}

const plugin = (version: string) =>
  `export default { version: "${version}", access: () => "${version}" };`;

describe("a directory that is watched", () => {
  test("tells of files that are changed, added, renamed and removed, in folders too", async () => {
    await withFolder(async (folder, later) => {
      await writeFiles(folder, { "a.ts": "1", "b/index.ts": "1", "b/lib/util.ts": "1" });
      const seen = await watch(folder, later);
      const steps: (() => Promise<void>)[] = [
        () => put(folder, "a.ts", "22"),
        () => put(folder, "c.mjs", "1"),
        () => put(folder, "b/lib/util.ts", "22"),
        () => put(folder, "b/package.json", "{}"),
        () => rename(join(folder, "c.mjs"), join(folder, "d.mjs")),
        () => unlink(join(folder, "d.mjs")),
        () => rm(join(folder, "b"), { recursive: true }),
      ];
      for (const [index, step] of steps.entries()) {
        assert.equal(seen.changes, index);
        await step();
        await until(() => seen.changes > index);
      }
    });
  });

  test("does not tell of what is no part of the plugins", async () => {
    await withFolder(async (folder, later) => {
      await writeFiles(folder, { "a.ts": "1" });
      const seen = await watch(folder, later);
      await writeFiles(folder, {
        "README.md": "",
        "a.test.ts": "",
        "types.d.ts": "",
        ".a.ts.swp": "",
        "node_modules/x/index.js": "",
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(seen.changes, 0);
      await put(folder, "b.ts", "");
      await until(() => seen.changes === 1);
    });
  });

  test("tells of files that Kubernetes swaps behind their symlinks", async () => {
    await withFolder(async (folder, later) => {
      await writeFiles(folder, { "..1/a.ts": "same", "..2/a.ts": "same" });
      await symlink("..1", join(folder, "..data"));
      await symlink("..data/a.ts", join(folder, "a.ts"));
      const seen = await watch(folder, later);
      await symlink("..2", join(folder, "..data_tmp"));
      await rename(join(folder, "..data_tmp"), join(folder, "..data"));
      await until(() => seen.changes === 1);
    });
  });

  test("may have symlinks that lead in a circle, and may go away", async () => {
    await withFolder(async (folder, later) => {
      const plugins = join(folder, "plugins");
      await writeFiles(plugins, { "a/index.ts": "1" });
      await symlink("..", join(plugins, "a", "up"));
      const seen = await watch(plugins, later);
      await rm(plugins, { recursive: true });
      await until(() => seen.changes === 1);
      await writeFiles(plugins, { "a.ts": "1" });
      await until(() => seen.changes === 2);
    });
  });

  test("waits for the call before, and is quiet once it is closed", async () => {
    await withFolder(async (folder, later) => {
      const seen = { running: 0, most: 0, calls: 0 };
      const watcher = await watchPlugins(folder, async () => {
        seen.calls++;
        seen.most = Math.max(seen.most, ++seen.running);
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.running--;
      }, OPTIONS);
      later(() => watcher.close());
      for (const name of ["a.ts", "b.ts", "c.ts"]) {
        const { calls } = seen;
        await put(folder, name, "1");
        await until(() => seen.calls > calls);
      }
      watcher.close();
      await writeFiles(folder, { "d.ts": "1" });
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual([seen.calls, seen.most], [3, 1]);
    });
  });
});

describe("a plugin that is loaded again", () => {
  test("has the new code, and the one before goes on with the old", async () => {
    await withFolder(async (folder, later) => {
      await writeFiles(folder, {
        "a.ts": plugin("1"),
        "b.js": `module.exports = require("./b/c.js");`,
      });
      await writeFiles(folder, {
        "b/c.js": plugin("1").replace("export default", "module.exports ="),
      });
      const loaded: (readonly Plugin[])[] = [(await loadFolder(folder)).plugins];
      const watcher = await watchPlugins(folder, async () => {
        const { plugins } = await loadFolder(folder, { version: loaded.length });
        loaded.push(plugins);
      }, OPTIONS);
      later(() => watcher.close());
      await put(folder, "a.ts", plugin("2"));
      await until(() => loaded.length === 2);
      await put(folder, "b/c.js", plugin("3").replace("export default", "module.exports ="));
      await until(() => loaded.length === 3);
      const results = loaded.map((plugins) =>
        plugins.map((
          { version, handlers },
        ) => [version, (handlers.get("access") as () => unknown)()])
      );
      assert.deepEqual(results, [
        [["1", "1"], ["1", "1"]],
        [["2", "2"], ["1", "1"]],
        [["2", "2"], ["3", "3"]],
      ]);
    });
  });
});

describe("a watch that turns from one directory to another", () => {
  test("tells of the last one alone, and of none once it is closed", async () => {
    await withFolder(async (folder, later) => {
      await writeFiles(folder, { "a/x.ts": "1", "b/x.ts": "1" });
      const seen = { changes: 0 };
      const turning = new DirectoryWatch(() => void seen.changes++, OPTIONS);
      later(() => turning.close());
      await turning.turnTo(join(folder, "a"));
      await Promise.all([turning.turnTo(join(folder, "b")), turning.turnTo(join(folder, "b"))]);
      await put(folder, "a/x.ts", "22");
      await put(folder, "b/x.ts", "22");
      await until(() => seen.changes > 0);
      await put(folder, "a/x.ts", "333");
      await put(folder, "b/x.ts", "333");
      await until(() => seen.changes > 1);
      assert.equal(seen.changes, 2);
      turning.close();
      await turning.turnTo(join(folder, "a"));
      const other = await watch(join(folder, "a"), later);
      await put(folder, "a/x.ts", "4444");
      await until(() => other.changes > 0);
      assert.equal(seen.changes, 2);
    });
  });
});
