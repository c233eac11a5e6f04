// What a prox plugin process does with modules, and with the folders that others have left.
import assert from "node:assert/strict";
import { mkdir, readdir, rename, utimes, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { loadProxPlugins } from "../../src/prox/plugin/load.ts";
import { removeLeftFolders, socketIn } from "../../src/prox/plugin/socket_folder.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { type Later, withFolder } from "../support/folder.ts";

const runtime = await detectRuntime();
/** The test's own process is not guarded. */
const loading = {
  importModule: runtime.importModule.bind(runtime),
  guardProcess: () => {},
};

describe("a module", () => {
  test("that waits for ever at its top level is broken", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "waiting.ts");
      await writeFile(file, "await new Promise(() => {});\nexport default {};\n");
      await assert.rejects(loadProxPlugins(loading, file, 50), {
        code: "PLUGIN_BROKEN",
        message: /something at its top level waits/,
        file,
      });
    });
  });

  test("with a syntax error is broken, and says where", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "guard.ts"), 'import "./lib/part.ts";\nexport default {};\n');
      await mkdir(join(folder, "lib"));
      await writeFile(join(folder, "lib", "part.ts"), "export const a = 1;\n  const b = ;\n");
      await assert.rejects(loadProxPlugins(loading, folder), {
        code: "PLUGIN_BROKEN",
        plugin: "guard",
        file: `${join(folder, "lib", "part.ts")}:2:13`,
      });
    });
  });
});

describe("a folder of a socket", () => {
  const name = (mark: string) => `gibbon-prox-${mark}`;

  async function socketFolder(place: string, mark: string, later: Later, isDead = false) {
    const folder = join(place, name(mark));
    await mkdir(folder);
    const server = net.createServer();
    const path = isDead ? join(place, mark) : socketIn(folder);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const close = () => new Promise((resolve) => server.close(resolve));
    if (!isDead) return later(close);
    // What is closed takes its file along, if it is where it was.
    await rename(path, socketIn(folder));
    await close();
  }

  test("goes when nobody answers there, and only then", async () => {
    await withFolder(async (place, later) => {
      await socketFolder(place, "dead", later, true);
      await socketFolder(place, "living", later);
      for (const mark of ["own", "young", "old"]) await mkdir(join(place, name(mark)));
      await utimes(join(place, name("old")), new Date(0), new Date(0));
      await mkdir(join(place, "gibbon-other"));
      await removeLeftFolders(runtime, join(place, name("own")), place);
      assert.deepEqual(
        (await readdir(place)).sort(),
        ["gibbon-other", name("living"), name("own"), name("young")],
      );
    });
  });

  test("that cannot be looked at does no harm", async () => {
    await removeLeftFolders(runtime, "", "/nowhere/at/all");
    await withFolder(async (place) => {
      await writeFile(join(place, name("file")), "");
      await removeLeftFolders(runtime, "", place);
      assert.deepEqual(await readdir(place), [name("file")]);
    });
  });
});
