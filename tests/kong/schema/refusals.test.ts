// Schemas that Kong's schema language cannot say are refused when the plugin is loaded.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { GibbonError } from "../../../src/base/errors.ts";
import { checkAttributes } from "../../../src/kong/schema/attributes.ts";
import { configParser, toKongSchema } from "../../../src/kong/schema/schema.ts";
import facts from "../data/schema-attributes.json" with { type: "json" };

/** The error of loading a plugin with that schema. */
function refusal(schema: unknown): GibbonError {
  try {
    toKongSchema(schema as v.GenericSchema);
  } catch (error) {
    assert.ok(error instanceof GibbonError);
    assert.equal(error.code, "PLUGIN_INVALID");
    assert.ok(error.remedy);
    return error;
  }
  assert.fail("it was not refused");
}

describe("A schema without a counterpart in Kong's language is refused:", () => {
  const types: [string, v.GenericSchema][] = [
    ["any", v.any()],
    ["unknown", v.unknown()],
    ["bigint", v.bigint()],
    ["date", v.date()],
    ["tuple", v.tuple([v.number()])],
    ["union", v.union([v.string(), v.number()])],
    ["union", v.union([v.literal("a"), v.string()])],
    ["variant", v.variant("t", [v.object({ t: v.literal("a") })])],
    ["intersect", v.intersect([v.object({}), v.object({})])],
    ["lazy", v.lazy(() => v.string())],
    ["objectWithRest", v.objectWithRest({}, v.string())],
    ["custom", v.custom(() => true)],
    ["null", v.null()],
    ["never", v.never()],
  ];
  for (const [type, schema] of types) {
    test(`v.${type}, with its path and what to write instead`, () => {
      const { message, remedy } = refusal(
        v.object({ a: v.optional(v.object({ b: v.array(v.map(v.string(), schema)) })) }),
      );
      assert.match(message, new RegExp(`^config\\.a\\.b\\[\\]\\.\\* has the type v\\.${type},`));
      assert.match(remedy ?? "", /metadata\(\{ kong: \{ type/);
    });
  }

  test("values of more than one type", () => {
    assert.match(refusal(v.object({ a: v.picklist(["a", 1]) })).message, /^config\.a /);
    assert.match(refusal(v.object({ a: v.picklist([]) })).message, /^config\.a /);
  });

  test("keys that are not strings", () => {
    const { message } = refusal(v.object({ a: v.map(v.number(), v.string()) }));
    assert.match(message, /^config\.a\.\(key\) is a number/);
  });

  test("a configuration that is not an object", () => {
    assert.match(refusal(v.array(v.string())).message, /^config is not an object/);
    assert.match(refusal(v.string()).message, /^config is not an object/);
  });

  test("async schemas, wherever they are", () => {
    const field = v.pipeAsync(v.string(), v.checkAsync(() => Promise.resolve(true)));
    assert.match(refusal(v.objectAsync({ a: field })).message, /^config is an async schema/);
    assert.match(refusal(v.object({ a: field as never })).message, /^config\.a is an async/);
  });

  test("what is no schema of valibot", () => {
    assert.match(refusal({ limit: 3 }).message, /not a schema of valibot/);
    assert.match(refusal(null).message, /not a schema of valibot/);
    const other = { "~standard": { vendor: "zod", version: 1 } };
    assert.match(refusal(v.object({ a: other as never })).message, /config\.a is a schema of zod/);
  });

  test("by the parser as well", () => {
    const schema = v.object({ a: v.date() });
    assert.throws(() => configParser(schema), { code: "PLUGIN_INVALID" });
  });

  test("a schema that contains itself", () => {
    const entries: Record<string, v.GenericSchema> = {};
    const schema = v.object(entries);
    entries.self = schema;
    assert.match(refusal(schema).message, /nested more than/);
  });

  test("defaults that Kong would refuse", () => {
    const tooShort = v.optional(v.pipe(v.string(), v.minLength(3)), "a");
    const outside = v.optional(v.pipe(v.number(), v.maxValue(3)), 4);
    const unlisted = v.optional(v.picklist(["a"]), "b" as "a");
    for (const schema of [tooShort, outside, unlisted]) {
      assert.match(refusal(v.object({ a: schema })).message, /^config\.a has a default/);
    }
    const notJson = v.optional(v.pipe(v.record(v.string(), v.number())), { a: NaN });
    assert.match(refusal(v.object({ a: notJson })).message, /JSON cannot say/);
  });
});

describe("Attributes in Kong's own language are checked:", () => {
  const { types, attributes } = facts as {
    types: string[];
    attributes: Record<string, { json: boolean; worksOn: string[] }>;
  };
  /** One of them is of the kind that the attribute has. */
  const VALUES = [true, "text", 1, [], [1, 2]];
  const accepted = (type: string, name: string) =>
    VALUES.some((value) => {
      try {
        checkAttributes({ type, [name]: value }, "config.x");
        return true;
      } catch {
        return false;
      }
    });

  for (const [name, { json, worksOn }] of Object.entries(attributes)) {
    test(`${name} is accepted where it works in Kong and nowhere else`, () => {
      for (const type of types) {
        // No JSON can be a function.
        const expected = json && type !== "function" && worksOn.includes(type);
        assert.equal(accepted(type, name), expected, `${name} on ${type}`);
      }
    });
  }

  test("unknown ones, null, and a false that Kong takes for true are refused", () => {
    for (const kong of [{ nullable: true }, { len_max: null }, { uuid: false }, { type: "text" }]) {
      const schema = v.object({ a: v.pipe(v.string(), v.metadata({ kong })) });
      assert.throws(() => toKongSchema(schema), { code: "PLUGIN_INVALID", message: /^config\.a / });
    }
  });
});
