// Plugins made by definePlugin: what of them becomes what, and what is said of mistakes.
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Plugin } from "../../../src/kong/engine/plugin.ts";
import { load } from "./fixture.ts";

const FULL = `
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  name: "limits",
  version: "2.1.0",
  priority: 1200,
  config: v.object({ limit: v.pipe(v.number(), v.integer()), who: v.optional(v.string(), "all") }),
  onError: "continue",
  deadline: 2500,
  init(config) {
    return { seen: [] as unknown[], limit: config.limit };
  },
  close(state) {
    state.seen.push("closed");
  },
  log(kong, config, state) {
    state.seen.push(["log", kong, config]);
  },
  async access(kong, config, state) {
    state.seen.push(["access", kong, config]);
    return state.limit;
  },
});
`;

/** A plugin with these parts, and the problems that they make. */
async function problemsOf(parts: string): Promise<readonly string[]> {
  const text =
    `import { definePlugin } from "gibbon";\nexport default definePlugin({\n${parts}\n});`;
  const { lines, plugins } = await load({ "a.js": text });
  assert.equal(plugins.length, 0);
  return lines;
}

async function loadOne(text: string, file = "a.ts"): Promise<Plugin> {
  const { plugins, lines } = await load({ [file]: text });
  assert.deepEqual(lines, []);
  assert.equal(plugins.length, 1);
  return plugins[0] as Plugin;
}

describe("a plugin", () => {
  test("is what its definition says", async () => {
    await load({ "some file.ts": FULL }, async ({ plugins, lines }, folder) => {
      assert.deepEqual(lines, []);
      const plugin = plugins[0] as Plugin;
      const { name, version, priority, dialect, onError, deadline, file } = plugin;
      assert.deepEqual({ name, version, priority, dialect, onError, deadline, file }, {
        name: "limits",
        version: "2.1.0",
        priority: 1200,
        dialect: "native",
        onError: "continue",
        deadline: 2500,
        file: `${folder}/some file.ts`,
      });
      assert.deepEqual([...plugin.handlers.keys()], ["access", "log"]);
      assert.deepEqual(plugin.schema.map((field) => Object.keys(field)), [["limit"], ["who"]]);
      assert.equal(plugin.modifiedAt, (await stat(file)).mtimeMs / 1000);
      assert.ok(Math.abs(plugin.loadedAt - Date.now() / 1000) < 60);
    });
  });

  test("runs with its configuration and its state, from init to close", async () => {
    const plugin = await loadOne(FULL);
    const config = plugin.configure({ limit: 3, who: null, __key__: "kong's own" });
    assert.deepEqual(config, { limit: 3, who: "all" });
    assert.throws(() => plugin.configure({ limit: "3" }), (error) => {
      assert.ok(error instanceof GibbonError);
      assert.equal(error.code, "CONFIG_INVALID");
      return true;
    });
    const state = await plugin.start(config) as { seen: unknown[] };
    const run = (phase: "access" | "log", kong: unknown) =>
      plugin.handlers.get(phase)?.(kong as never, config as never, state as never);
    assert.equal(await run("access", "kong 1"), 3);
    run("log", "kong 2");
    await plugin.stop(state);
    assert.deepEqual(state.seen, [
      ["access", "kong 1", config],
      ["log", "kong 2", config],
      "closed",
    ]);
  });

  test("that says little has defaults", async () => {
    const plugin = await loadOne(
      `import { definePlugin } from "gibbon";
      export default definePlugin({ preread() {}, name: undefined });`,
      "my-plugin.ts",
    );
    const { name, version, priority, schema, onError, deadline } = plugin;
    assert.deepEqual({ name, version, priority, schema, onError, deadline }, {
      name: "my-plugin",
      version: "0.1.0",
      priority: 0,
      schema: [],
      onError: "fail",
      deadline: undefined,
    });
    assert.deepEqual(plugin.configure({ any: 1 }), {});
    assert.equal(plugin.start({}), undefined);
    assert.equal(plugin.stop(undefined), undefined);
  });

  test("may be an object without definePlugin, and use this", async () => {
    const plugin = await loadOne(`export default {
      priority: 7, greeting: undefined, access() { return this.priority; } };`);
    assert.equal(plugin.priority, 7);
    assert.equal(plugin.handlers.get("access")?.(0 as never, 0 as never, 0 as never), 7);
  });

  test("may be CommonJS, or what a compiler made of an ES module", async () => {
    const { names, lines } = await load({
      "a.js":
        `const { definePlugin } = require("gibbon"); module.exports = definePlugin({ access() {} });`,
      "b.cjs": `"use strict"; Object.defineProperty(exports, "__esModule", { value: true });
        const gibbon_1 = require("gibbon"); exports.default = (0, gibbon_1.definePlugin)({ access() {} });`,
      "c.ts":
        `import { definePlugin } from "gibbon"; module.exports = definePlugin({ access() {} });`,
      "d.cts": `import { definePlugin } from "gibbon"; export = definePlugin({ access() {} });`,
    });
    assert.deepEqual(lines, []);
    assert.deepEqual(names, ["a", "b", "c", "d"]);
  });

  test("made by another copy of gibbon is one too", async () => {
    const { names } = await load({
      "a.js": `const brand = Symbol.for("gibbon.definition");
        module.exports = Object.freeze({ [brand]: true, access() {} });`,
    });
    assert.deepEqual(names, ["a"]);
  });
});

describe("a mistake in a plugin", () => {
  const VERSION = 'a.js:3:1: version has to be a string of up to three numbers, such as "1.2.0", ' +
    "or Kong 3 does not start, and it is";
  const PRIORITY =
    "a.js:3:1: priority has to be a whole number, or Kong 3 does not start, and it is";
  const KINDS: Readonly<Record<string, string>> = {
    "name: 3,": "a.js:3:1: name has to be a string of letters, digits, _, - and ., and it is 3",
    "name: '../etc',":
      'a.js:3:1: name has to be a string of letters, digits, _, - and ., and it is "../etc"',
    "version: 1.2,": `${VERSION} 1.2`,
    "version: '1.2.3.4',": `${VERSION} "1.2.3.4"`,
    "version: '',": `${VERSION} ""`,
    "version: 'latest',": `${VERSION} "latest"`,
    "version: '1..2',": `${VERSION} "1..2"`,
    "priority: '10',": `${PRIORITY} "10"`,
    "priority: NaN,": `${PRIORITY} NaN`,
    "priority: 1.5,": `${PRIORITY} 1.5`,
    "config: { limit: 'number' },":
      'a.js:3:1: config has to be a valibot schema: v.object({...}), with import * as v from "valibot", and it is an object',
    "onError: 'ignore',": 'a.js:3:1: onError has to be "fail" or "continue", and it is "ignore"',
    'cache: "no",': 'a.js:3:1: cache has to be true or false, and it is "no"',
    "deadline: 0,":
      "a.js:3:1: deadline has to be a number of milliseconds, more than 0, and it is 0",
    "init: {},": "a.js:3:1: init has to be a function, and it is an object",
    "close: null,": "a.js:3:1: close has to be a function, and it is null",
    "log: 'yes',": 'a.js:3:1: log has to be a function, and it is "yes"',
    "acess() {},": "a.js:3:1: acess is no part of a plugin",
    "helper() {},": "a.js:3:1: helper is no part of a plugin",
  };
  for (const [part, said] of Object.entries(KINDS)) {
    test(`is said with its place, and the plugin is not loaded: ${part}`, async () => {
      assert.deepEqual(await problemsOf(`${part}\naccess() {},`), [`PLUGIN_INVALID ${said}`]);
    });
  }

  for (const version of ["1", "1.0", "v1.2.3", "1.2.3-rc1", "1.2.", "plugin 7"]) {
    test(`is not the version ${JSON.stringify(version)}, which Kong takes`, async () => {
      const plugin = await loadOne(`export default { version: "${version}", access() {} };`);
      assert.equal(plugin.version, version);
    });
  }

  test("is said for each part that has one", async () => {
    const lines = await problemsOf("  priority: '1',\n  version: 2,\n  access: 3,");
    assert.deepEqual(lines.map((line) => line.split(": ")[0]), [
      "PLUGIN_INVALID a.js:3:3",
      "PLUGIN_INVALID a.js:4:3",
      "PLUGIN_INVALID a.js:5:3",
    ]);
  });

  test("in a name is answered with the name that was meant", async () => {
    const text = (part: string) =>
      `import { definePlugin } from "gibbon";\nexport default definePlugin({ ${part}, log() {} });`;
    const { problems } = await load({
      "a.js": text("acces() {}"),
      "b.js": text("on_error: 'fail'"),
      "c.js": text("priorty: 1"),
      "d.js": text("somethingElse: 1"),
    });
    assert.deepEqual(problems.slice(0, 3).map(({ remedy }) => remedy), [
      "Call it access.",
      "Call it onError.",
      "Call it priority.",
    ]);
    assert.match(problems[3]?.remedy ?? "", /^Remove it\. The parts are name, version, /);
  });

  test("is a phase that Kong cannot serve from outside, however it is written", async () => {
    const { problems, names } = await load({
      "a.js": "export default { header_filter() {}, access() {} };",
      "b.js": "export default { bodyFilter() {} };",
      "c.js": "export default { init_worker() {}, log() {} };",
    });
    assert.deepEqual(names, []);
    assert.deepEqual(problems.map(({ code }) => code), Array(3).fill("PHASE_UNSUPPORTED"));
    assert.equal(
      problems[0]?.message,
      "Kong cannot call header_filter outside of itself. The plugin is not loaded.",
    );
    assert.match(problems[0]?.file ?? "", /a\.js:1:18$/);
    assert.match(problems[1]?.remedy ?? "", /^Use response/);
    assert.match(problems[2]?.remedy ?? "", /init/);
  });

  test("is to have no handler", async () => {
    assert.deepEqual(await problemsOf("version: '1'"), [
      "PLUGIN_INVALID a.js:2:16: The plugin has no handler",
    ]);
    const { lines } = await load({ "b.js": "export default { priority: 3 };" });
    assert.deepEqual(lines, ["PLUGIN_INVALID b.js: The plugin has no handler"]);
  });

  test("is a schema that Kong does not know, said with the field", async () => {
    const { lines, problems } = await load({
      "a.ts": `import { definePlugin } from "gibbon"; import * as v from "valibot";
export default definePlugin({
  config: v.object({ since: v.date() }),
  access() {},
});`,
    });
    assert.match(lines[0] ?? "", /^PLUGIN_INVALID a\.ts:3:3: config\.since .*v\.date/);
    assert.equal(problems[0]?.plugin, "a");
    assert.match(problems[0]?.remedy ?? "", /isoTimestamp/);
  });

  test("is a file whose name no plugin can have, if the plugin has no name of its own", async () => {
    const { names, lines } = await load({
      "my plugin.ts": "export default { access() {} };",
      "my other.ts": "export default { name: 'other', access() {} };",
    });
    assert.deepEqual(names, ["other"]);
    assert.deepEqual(lines, [
      'PLUGIN_INVALID my plugin.ts: "my plugin" cannot be the name of a plugin',
    ]);
  });

  test("is to export a plugin by another name than default, or not at all", async () => {
    const { lines } = await load({
      "a.ts":
        `import { definePlugin } from "gibbon";\nexport const plugin = definePlugin({ access() {} });`,
      "b.ts": `import { definePlugin } from "gibbon";\ndefinePlugin({ access() {} });`,
      "c.ts": "export default class Auth { access() {} }",
    });
    assert.deepEqual(lines, [
      "PLUGIN_INVALID a.ts:2:14: The plugin is exported as plugin, not as the default",
      "PLUGIN_INVALID b.ts:2:1: definePlugin is called, but what it gives is not exported",
      "PLUGIN_INVALID c.ts:1:8: The default export is a class, which is no plugin by itself",
    ]);
  });
});

describe("two plugins of one name", () => {
  const named = (name: string) => `export default { name: "${name}", access() {} };`;

  test("are both left out, and the others go on", async () => {
    const { names, lines, problems } = await load({
      "auth.ts": `export default { access() {} };`,
      "old-auth.ts": named("auth"),
      "third/index.js": `module.exports = { Plugin: class { access() {} }, Name: "AUTH" };`,
      "other.ts": named("other"),
    });
    assert.deepEqual(names, ["other"]);
    assert.deepEqual(lines, [
      'PLUGIN_DUPLICATE auth.ts: auth.ts and old-auth.ts and third/index.js are plugins of the same name, "auth"; none is loaded',
    ]);
    assert.equal(problems[0]?.plugin, "auth");
  });

  test("are one if a file is compiled from the one beside it", async () => {
    const { plugins, lines, passed } = await load({
      "auth.js": named("auth"),
      "auth.ts": named("auth"),
      "log.mjs": named("log"),
      "log.mts": named("log"),
    });
    assert.deepEqual(lines, []);
    assert.deepEqual(plugins.map(({ file }) => file.split("/").at(-1)), ["auth.ts", "log.mts"]);
    assert.deepEqual(passed, [
      "auth.js: compiled from auth.ts beside it",
      "log.mjs: compiled from log.mts beside it",
    ]);
  });

  test("are two if files of one stem name themselves differently", async () => {
    const { names } = await load({ "auth.js": named("one"), "auth.ts": named("two") });
    assert.deepEqual(names, ["one", "two"]);
  });
});
