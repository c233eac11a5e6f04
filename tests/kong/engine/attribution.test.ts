// Errors that nobody caught are traced to a plugin: by its event, or by the files in their stacks.
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/log.ts";
import { attribute, logUncaught, whoseFault } from "../../../src/kong/engine/attribution.ts";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { loadPlugins } from "../../../src/kong/loader/load.ts";
import { withFolder, writeFiles } from "../../support/folder.ts";
import { runtime } from "../loader/fixture.ts";
import { pluginOf, startEvent } from "../support/events.ts";

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

/** An error whose stack has one frame, in a file. */
function errorIn(file: string): Error {
  return Object.assign(new Error("left behind"), { stack: `Error: left behind\n at ${file}:1:2` });
}

const PLUGINS = [
  { ...pluginOf(() => {}, { name: "first" }), file: "/plugins/first.ts" },
  { ...pluginOf(() => {}, { name: "second" }), file: "/plugins/second.ts", realFile: "/real/2.ts" },
];

describe("an error that nobody caught is of", () => {
  test("the event that it came up in, and its plugin", () => {
    const { event } = startEvent(() => {});
    let fault: unknown;
    attribute(event, () => fault = whoseFault(errorIn("/plugins/first.ts"), PLUGINS));
    assert.deepEqual(fault, { plugin: "under-test", phase: "access", instance: 1 });
  });

  test("the plugin that it names itself", () => {
    const error = new GibbonError("PDK_FAILED", "no", { plugin: "named", phase: "log" });
    assert.deepEqual(whoseFault(error, PLUGINS), { plugin: "named", phase: "log" });
  });

  test("the plugin whose file is in its stack, under either of its paths", () => {
    assert.deepEqual(whoseFault(errorIn("/plugins/first.ts"), PLUGINS), { plugin: "first" });
    assert.deepEqual(whoseFault(errorIn("/plugins/second.ts"), PLUGINS), { plugin: "second" });
    assert.deepEqual(whoseFault(errorIn("/real/2.ts"), PLUGINS), { plugin: "second" });
    const unnamed = Object.assign(new GibbonError("LIMIT", "no"), {
      stack: errorIn("/real/2.ts").stack,
    });
    assert.deepEqual(whoseFault(unnamed, PLUGINS), { plugin: "second" });
  });

  test("the plugin whose path stands in its stack as it is, or as a URL has it", () => {
    const spaced = { ...pluginOf(() => {}, { name: "spaced" }), file: "/my plugins/a.ts" };
    for (const file of ["/my plugins/a.ts", "/my%20plugins/a.ts"]) {
      assert.deepEqual(whoseFault(errorIn(file), [spaced]), { plugin: "spaced" });
    }
  });

  test("nobody whom an error names that is not gibbon's", () => {
    const error = Object.assign(errorIn("/plugins/first.ts"), { plugin: "second", phase: "log" });
    assert.deepEqual(whoseFault(error, PLUGINS), { plugin: "first" });
    assert.deepEqual(whoseFault(null, PLUGINS), { plugin: undefined });
  });

  test("nobody that is known, else", () => {
    assert.deepEqual(whoseFault(errorIn("/elsewhere.ts"), PLUGINS), { plugin: undefined });
    assert.deepEqual(whoseFault("a string", PLUGINS), { plugin: undefined });
  });
});

describe("an error that nobody caught is logged", () => {
  const logged = (error: unknown) => {
    const entries: string[] = [];
    logUncaught(createLogger((line) => entries.push(line)), "rejection", error, PLUGINS);
    return entries;
  };

  test("with whose it is, its stack and what to do", () => {
    const [entry, ...more] = logged(errorIn("/plugins/first.ts"));
    assert.match(
      entry!,
      /^\[error\] an unhandled rejection: left behind plugin=first remedy="Await/,
    );
    assert.match(entry!, /stack="Error: left behind\\n at \/plugins\/first\.ts:1:2"$/);
    assert.deepEqual(more, []);
  });

  test("also if nobody knows whose it is", () => {
    assert.match(
      logged("a string")[0]!,
      /rejection: a string plugin="\(not known\)" .*"a string"$/,
    );
  });

  test("unless it is an exit that was not awaited", () => {
    assert.deepEqual(logged(new RequestEnded("kong.response.exit")), []);
  });
});
