// Errors that nobody caught are traced to a plugin by the files in their stacks.
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { whoseFault } from "../../../src/kong/engine/attribution.ts";
import { loadPlugins } from "../../../src/kong/loader/load.ts";
import { withFolder, writeFiles } from "../../support/folder.ts";
import { runtime } from "../loader/fixture.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({
  init() { throw new Error("left behind"); },
  access() {},
});
`;

/** What the plugin `thrower` throws when its instance starts, and whose fault that is. */
async function blame(directory: string): Promise<string | undefined> {
  const { plugins, problems } = await loadPlugins(runtime, directory);
  assert.deepEqual(problems, []);
  const thrower = plugins.find(({ name }) => name === "thrower");
  try {
    thrower!.start({});
  } catch (error) {
    return whoseFault(error, plugins).plugin;
  }
  throw new Error("nothing was thrown");
}

const FILES = { "a.ts": PLUGIN, "thrower.ts": PLUGIN, "z.ts": PLUGIN };

describe("an error is traced to its plugin", () => {
  test("where the directory is what it is called", async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, FILES);
      assert.equal(await blame(folder), "thrower");
    });
  });

  test("where the directory is a symlink, as mounted ConfigMaps are", async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, "release"));
      await writeFiles(join(folder, "release"), FILES);
      await symlink("release", join(folder, "plugins"));
      assert.equal(await blame(join(folder, "plugins")), "thrower");
    });
  });

  test("where the path has characters that a URL escapes", async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, "my plugins%20é"));
      await writeFiles(join(folder, "my plugins%20é"), FILES);
      assert.equal(await blame(join(folder, "my plugins%20é")), "thrower");
    });
  });
});
