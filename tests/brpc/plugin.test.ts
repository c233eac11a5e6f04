// Hub plugins as their authors write them: definitions, descriptions, schemas, directories.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as v from "valibot";
import { loadPlugins } from "../../src/kong/loader/load.ts";
import { defineHubPlugin, type HubPluginDefinition, method } from "../../src/brpc/plugin/define.ts";
import { describeSchema } from "../../src/brpc/plugin/entity.ts";
import { loadHubPlugins } from "../../src/brpc/plugin/load.ts";
import { checkHubPlugin, readHubPlugin } from "../../src/brpc/plugin/plugin.ts";
import { withFolder } from "../support/folder.ts";
import { ECHO, PATIENCE_MS, runtime, withHub } from "./support.ts";

describe("the description of a schema", () => {
  const types: [string, v.GenericSchema, string][] = [
    ["a string", v.pipe(v.string(), v.email()), "string"],
    ["a number", v.number(), "float64"],
    ["a whole number", v.pipe(v.number(), v.integer()), "int"],
    ["a boolean", v.optional(v.boolean()), "bool"],
    ["a picklist of strings", v.picklist(["a", "b"]), "string"],
    ["a literal number", v.literal(1.5), "float64"],
    ["mixed values", v.picklist(["a", 1]), "interface"],
    ["an array", v.array(v.nullable(v.string())), "[]string"],
    ["an array of arrays", v.array(v.array(v.number())), "[][]float64"],
    ["a record", v.record(v.string(), v.boolean()), "map[string]bool"],
    ["anything", v.unknown(), "interface"],
    ["a union", v.union([v.string(), v.number()]), "interface"],
    ["a schema without end", v.lazy(() => v.string()), "interface"],
  ];
  for (const [what, schema, type] of types) {
    test(`says ${type} for ${what}`, () => {
      assert.deepEqual(describeSchema(schema), { name: "", type, mandatory: false, fields: [] });
    });
  }

  test("lists the fields of objects, also in arrays and records, and which must be there", () => {
    const inner = v.object({ id: v.string() });
    const field = (name: string, type: string, mandatory = true, fields: unknown[] = []) => ({
      name,
      type,
      mandatory,
      fields,
    });
    assert.deepEqual(
      describeSchema(v.object({
        name: v.string(),
        age: v.optional(v.number(), 3),
        list: v.array(inner),
        map: v.record(v.string(), inner),
        one: inner,
      })),
      {
        name: "",
        type: "struct",
        mandatory: false,
        fields: [
          field("name", "string"),
          field("age", "float64", false),
          field("list", "[]struct", true, [field("id", "string")]),
          field("map", "map[string]struct", true, [field("id", "string")]),
          field("one", "struct", true, [field("id", "string")]),
        ],
      },
    );
    assert.equal(describeSchema(v.object({})), undefined);
  });

  test("leaves out the fields that say so, as with brpc's tag, wherever that stands", () => {
    const described = describeSchema(v.object({
      a: v.string(),
      b: v.pipe(v.string(), v.metadata({ brpc: "-" })),
      c: v.optional(v.pipe(v.number(), v.metadata({ brpc: "-" }))),
      d: v.pipe(v.optional(v.number()), v.metadata({ brpc: "-" }), v.description("no")),
      e: v.array(v.object({ f: v.pipe(v.string(), v.metadata({ brpc: "-" })), g: v.boolean() })),
      h: v.pipe(v.string(), v.metadata({ brpc: "other" })),
    }));
    assert.deepEqual(described?.fields.map(({ name }) => name), ["a", "e", "h"]);
    assert.deepEqual(described?.fields[1]?.fields.map(({ name }) => name), ["g"]);
    assert.equal(
      describeSchema(v.object({ b: v.pipe(v.string(), v.metadata({ brpc: "-" })) })),
      undefined,
    );
  });
});

describe("an author's own description", () => {
  const input = v.object({
    a: v.string(),
    b: v.object({ c: v.string(), d: v.string() }),
    e: v.number(),
    constructor: v.number(),
  });
  const describedBy = (functions: NonNullable<HubPluginDefinition["functions"]>) => {
    const methods = { m: method({ input, output: v.string() }, () => "") };
    return checkHubPlugin({ name: "p", version: "v1", methods, functions }).info.functions["m"];
  };

  test("is merged over the schema's as in brpc: it picks fields, and says which are mandatory", () => {
    const fields = { a: { mandatory: false }, b: { mandatory: true, fields: { d: {} } }, x: {} };
    const described = describedBy({ m: { input: { mandatory: true, fields } } });
    assert.deepEqual(described?.input, {
      name: "",
      type: "struct",
      mandatory: true,
      fields: [
        { name: "a", type: "string", mandatory: false, fields: [] },
        {
          name: "b",
          type: "struct",
          mandatory: true,
          fields: [{ name: "d", type: "string", mandatory: false, fields: [] }],
        },
      ],
    });
  });

  test("changes nothing that has no fields, nothing of other methods, and is checked", () => {
    const plain = describedBy({});
    assert.deepEqual(describedBy({ m: { output: { mandatory: true } } }), plain);
    assert.deepEqual(describedBy({ other: { input: { fields: {} } } }), plain);
    assert.throws(() => describedBy({ m: { input: { fields: { a: 1 } } } } as never), {
      code: "PLUGIN_INVALID",
      message: /functions\.m\.input\.fields\.a/,
    });
  });
});

describe("a definition", () => {
  const good = { name: "sample", version: "v1", methods: ECHO };
  const wrong: [string, unknown, RegExp][] = [
    ["without a name", { ...good, name: "" }, /name: it is empty/],
    ["without a version", { ...good, version: undefined }, /version: /],
    ["without methods", { ...good, methods: {} }, /there is no method/],
    ["with a method that is a function", { ...good, methods: { a: () => 1 } }, /write method\(/],
    ["with a reserved method", { ...good, methods: { Async: ECHO.echo } }, /for itself/],
    ["with a part that is none", { ...good, priority: 1 }, /priority/],
    ["with an input that is no schema", {
      ...good,
      methods: { a: method({ input: {} as v.GenericSchema }, () => 1) },
    }, /no valibot schema/],
  ];
  for (const [what, definition, message] of wrong) {
    test(`${what} is refused`, () => {
      assert.throws(() => checkHubPlugin(definition as HubPluginDefinition, "/p/a.ts"), {
        code: "PLUGIN_INVALID",
        message,
      });
    });
  }

  test("is found as a default export, also behind a compiler to CommonJS", () => {
    const plugin = defineHubPlugin(good);
    assert.equal(readHubPlugin({ default: plugin }, "/p/a.ts")?.info.name, "sample");
    assert.equal(readHubPlugin({ default: { default: plugin } }, "/p/a.ts")?.info.name, "sample");
    for (const other of [{}, { default: null }, { default: good }, { plugin }]) {
      assert.equal(readHubPlugin(other, "/p/a.ts"), undefined);
    }
  });
});

describe("a method's schemas", () => {
  test("check what comes in and what goes out, and may change it", async () => {
    await withHub(async (hub) => {
      hub.plug({
        methods: {
          double: method({
            input: v.object({ n: v.optional(v.number(), 21) }),
            output: v.number(),
          }, ({ n }) => 2 * n),
          wrong: method({ output: v.string() }, () => 1 as unknown as string),
          later: method({
            input: v.pipeAsync(v.string(), v.checkAsync((s) => Promise.resolve(s === "ok"), "no")),
          }, (s) => s),
        },
      });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      assert.equal(await hub.socket.call("sample", "double", {}), 42);
      assert.equal(await hub.socket.call("sample", "later", "ok"), "ok");
      const messages = await Promise.all(
        [["double", { n: "x" }], ["double", undefined], ["wrong"], ["later", "x"]].map((call) =>
          hub.socket.call("sample", call[0] as string, call[1]).catch((e: Error) => e.message)
        ),
      );
      assert.match(String(messages[0]), /^invalid input: n: /);
      assert.match(String(messages[1]), /^invalid input: /);
      assert.match(String(messages[2]), /^invalid output: /);
      assert.equal(messages[3], "invalid input: no");
    });
  });

  test("and trace, signal and async reach a method by its context", async () => {
    await withHub(async (hub) => {
      let signal: AbortSignal | undefined;
      const plugin = hub.plug({
        methods: {
          trace: method({}, (_, ctx) => (signal = ctx.signal, ctx.trace)),
        },
      });
      await hub.socket.waitFor("sample", PATIENCE_MS);
      assert.equal(await hub.socket.call("sample", "trace", null, { trace: "id-7" }), "id-7");
      assert.equal(await hub.socket.call("sample", "trace"), "");
      assert.equal(signal?.aborted, false);
      plugin.stop.abort();
      await plugin.ended;
      assert.equal(signal?.aborted, true);
    });
  });

  test("a plugin that is not running sends nothing", () => {
    assert.equal(defineHubPlugin({ name: "a", version: "v1", methods: ECHO }).async(1), false);
  });
});

describe("a directory", () => {
  test("gives its hub plugins, says what is wrong with others, and leaves the rest alone", async () => {
    await withFolder(async (folder) => {
      const define = new URL("../../src/brpc/plugin/define.ts", import.meta.url);
      const kong = new URL("../../src/kong/pdk/define_plugin.ts", import.meta.url);
      const imported = `import { defineHubPlugin, method } from "${define.pathname}";\n`;
      const files: Record<string, string> = {
        "b.ts": `${imported}export default defineHubPlugin({ name: "b", version: "1",
          methods: { a: method({}, (x: unknown) => x) } });`,
        "a.mjs": `${imported}export default defineHubPlugin({ name: "a", version: "1",
          methods: { a: method({}, (x) => x) } });`,
        "bad.ts":
          `${imported}export default defineHubPlugin({ name: "bad", version: "1", methods: {} });`,
        "broken.ts": "export default {",
        "helper.ts": "export const one = 1;",
        "for_kong.ts": `import { definePlugin } from "${kong.pathname}";
          export default definePlugin({ access() {} });`,
        ".own.ts": "throw new Error('nobody loads this');",
        "notes.md": "no module",
      };
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      const { plugins, problems } = await loadHubPlugins(runtime, folder);
      assert.deepEqual(plugins.map(({ info }) => info.name), ["a", "b"]);
      assert.deepEqual(problems.map(({ code }) => code), ["PLUGIN_INVALID", "PLUGIN_BROKEN"]);
      const kongs = await loadPlugins(runtime, folder);
      assert.deepEqual(kongs.plugins.map(({ name }) => name), ["for_kong"]);
      assert.deepEqual(kongs.problems.map(({ code }) => code), ["PLUGIN_BROKEN"]);
    });
  });

  test("with exports that throw when they are looked at has its plugins all the same", async () => {
    await withFolder(async (folder) => {
      const define = new URL("../../src/brpc/plugin/define.ts", import.meta.url);
      const files: Record<string, string> = {
        "a.mjs": `import { defineHubPlugin, method } from "${define.pathname}";
          export default defineHubPlugin({ name: "a", version: "1",
            methods: { a: method({}, (x) => x) } });`,
        "getter.cjs": "module.exports = { get default() { throw new Error('not yet'); } };",
      };
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      const { plugins, problems } = await loadHubPlugins(runtime, folder);
      assert.deepEqual(plugins.map(({ info }) => info.name), ["a"]);
      assert.deepEqual(problems.map(({ code }) => code), ["PLUGIN_BROKEN"]);
      assert.match(problems[0]?.message ?? "", /not yet/);
    });
  });

  test("without a hub plugin is an error", async () => {
    await withFolder(async (folder) => {
      for (const path of [folder, join(folder, "none")]) {
        await assert.rejects(loadHubPlugins(runtime, path), { code: "PLUGIN_DIRECTORY" });
      }
    });
  });
});
