// The plugin and its configuration in a test: where it comes from, and what Kong refuses of it.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { definePlugin } from "gibbon";
import { testPlugin, testPlugins } from "gibbon/testing";
import * as v from "valibot";

const EXAMPLES = new URL("../../examples/", import.meta.url);

const typed = definePlugin({
  config: v.object({
    limit: v.pipe(v.number(), v.integer(), v.minValue(1)),
    names: v.optional(v.set(v.pipe(v.string(), v.maxLength(5))), new Set(["ada"])),
    labels: v.optional(v.map(v.string(), v.object({ hot: v.boolean() })), new Map()),
    pattern: v.optional(v.pipe(v.string(), v.regex(/^a/))),
  }),
  access(kong, { limit, names, labels }) {
    kong.response.exit(200, { limit, names: [...names], labels: [...labels] });
  },
});

/** What starting a test says against a configuration. */
async function refusal(config: object, plugin: Parameters<typeof testPlugin>[0] = typed) {
  try {
    await (await testPlugin(plugin, { config } as object)).close();
  } catch (error) {
    return error as Error & { code: string; plugin: string };
  }
  throw new Error("it was taken");
}

describe("A configuration in a test", () => {
  test("gets its defaults, and the form that handlers see", async () => {
    const config = { limit: 2, labels: { a: { hot: true } } };
    await using gateway = await testPlugin(typed, { config });
    const { response } = await gateway.request();
    assert.deepEqual(response.json(), {
      limit: 2,
      names: ["ada"],
      labels: [["a", { hot: true }]],
    });
  });

  test("has the type that the plugin's schema has", () => {
    const wrong = () => [
      // @ts-expect-error: a number is wanted
      testPlugin(typed, { config: { limit: "2" } }),
      // @ts-expect-error: the limit is missing
      testPlugin(typed, { config: {} }),
      // @ts-expect-error: there is no such field
      testPlugin(typed, { config: { limit: 2, other: 1 } }),
      // @ts-expect-error: the same by way of a module
      testPlugin({ default: typed }, { config: { limit: "2" } }),
      // Nothing is known of what comes from a file.
      testPlugin(new URL("plugin.ts", EXAMPLES), { config: { limit: "2" } }),
    ];
    assert.equal(typeof wrong, "function");
  });

  const REFUSED: readonly [what: string, config: object, message: RegExp][] = [
    ["lacks what is required", {}, /limit: required field missing/],
    ["has another type", { limit: "many" }, /limit: expected an integer/],
    ["has what is no whole number", { limit: 1.5 }, /limit: expected an integer/],
    ["is out of range", { limit: 0 }, /limit: value must be greater than 0/],
    ["has a field that there is not", { limit: 1, limits: 2 }, /limits: unknown field/],
    ["is wrong deep inside", { limit: 1, labels: { a: { hot: 1 } } }, /labels\.a\.hot: .*boolean/],
    ["has too long a text", { limit: 1, names: ["ada", "amalia"] }, /names\[1\]: length .* most 5/],
    ["fails a check of valibot's alone", { limit: 1, pattern: "b" }, /pattern: /],
  ];
  for (const [what, config, message] of REFUSED) {
    test(`that ${what} is refused, as Kong or the plugin does`, async () => {
      const error = await refusal(config);
      assert.equal(error.code, "CONFIG_INVALID");
      assert.match(error.message, /^Kong would refuse the configuration of plugin: /);
      assert.match(error.message, message);
      assert.match(error.message, /plugin: config\./);
      assert.equal(error.plugin, "plugin");
    });
  }

  test("of a plugin for Kong's JavaScript server is looked at by Kong alone", async () => {
    const file = new URL("greeting.cjs", EXAMPLES);
    assert.match((await refusal({ stranger: 5 }, file)).message, /stranger: expected a string/);
    await using gateway = await testPlugin(file, { config: { stranger: "you" } });
    const { response } = await gateway.request();
    assert.match(response.headers.get("x-greeting") ?? "", /^Hello, you!/);
  });

  test("of Kong's entities has to be right too", async () => {
    const plugin = definePlugin({ access() {} });
    await assert.rejects(testPlugin(plugin, { route: { path: "/a" } }), { code: "OPTION_INVALID" });
    await assert.rejects(testPlugin(plugin, { on: "consumer" }), { code: "OPTION_INVALID" });
  });
});

describe("A plugin in a test", () => {
  test("may be given by its place", async () => {
    const url = new URL("request-id.ts", EXAMPLES);
    for (const place of [url, url.href, fileURLToPath(url)]) {
      await using gateway = await testPlugin(place);
      assert.deepEqual(gateway.plugins, ["request-id"]);
    }
  });

  test("may be all that a module exports, or what it exports by default", async () => {
    const module = await import("../../examples/request-id.ts");
    const { default: greeting } = await import(new URL("greeting.cjs", EXAMPLES).href);
    for (const plugin of [{ ...greeting }, { default: greeting }, greeting]) {
      await using gateway = await testPlugin(plugin);
      assert.ok((await gateway.request()).response.headers.has("x-greeting"));
    }
    for (const plugin of [module, module.default]) {
      await using gateway = await testPlugin(plugin, { name: "ids" });
      assert.deepEqual(gateway.plugins, ["ids"]);
      assert.ok((await gateway.request()).response.headers.has("x-request-id"));
    }
  });

  test("that is none is refused, and so is one that is not there", async () => {
    const code = "PLUGIN_INVALID";
    const message = /^what is to be tested is no plugin: it has nothing that a plugin exports/;
    const remedy = /^Give what definePlugin made/;
    await assert.rejects(testPlugin({ default: { rate: 1 } }), { code, message, remedy });
    await assert.rejects(testPlugin({} as never), { code, message, remedy });
    for (const nothing of [null, undefined, 5]) {
      await assert.rejects(testPlugin(nothing as never), { code, remedy });
    }
    await assert.rejects(testPlugin("nowhere/plugin.ts"), { code: "PLUGIN_DIRECTORY" });
    await assert.rejects(testPlugin(new URL("nothing.ts", EXAMPLES)), {
      code,
      message: /nothing\.ts is no plugin: there is no such file/,
      remedy: /begins at the current directory/,
    });
    const helper = new URL("../support/until.ts", import.meta.url);
    await assert.rejects(testPlugin(helper), { code, message: /: exports no plugin/ });
    const unknown = definePlugin({ acess() {} } as object);
    await assert.rejects(testPlugin(unknown), { message: "acess is no part of a plugin" });
  });

  test("that does not start says why", async () => {
    const plugin = definePlugin({
      name: "shy",
      init() {
        throw new Error("no database");
      },
      access() {},
    });
    await assert.rejects(testPlugin(plugin), { code: "PLUGIN_BROKEN", message: /no database/ });
  });

  test("has a name of its own among others", async () => {
    const plugin = definePlugin({ name: "one", access() {} });
    const both = testPlugins([{ plugin }, { plugin }]);
    await assert.rejects(both, { code: "PLUGIN_DUPLICATE" });
    const nameless = definePlugin({ access() {} });
    await using gateway = await testPlugins([{ plugin: nameless }, { plugin: nameless }]);
    assert.deepEqual(gateway.plugins, ["plugin-2", "plugin"]);
  });

  test("is gone when its gateway is closed", async () => {
    const gateway = await testPlugin(definePlugin({ access() {} }));
    await gateway.close();
    await gateway.close();
    await assert.rejects(async () => await gateway.request(), { message: /is closed/ });
  });
});
