// Examples of configurations: what is printed as a remedy has to be taken by the plugin.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import { exampleConfig, type Misfits } from "../../../src/kong/schema/example.ts";
import { readRefusal } from "../../../src/kong/schema/issues.ts";
import { configParser, fillDefaults, toKongSchema } from "../../../src/kong/schema/schema.ts";

/** The schema's own parser, told by the paths of its complaints. */
function misfitsOf(schema: v.GenericSchema): Misfits {
  const parse = configParser(schema);
  const fields = toKongSchema(schema);
  return (config) => {
    try {
      parse(fillDefaults(fields, config));
      return [];
    } catch (error) {
      return readRefusal((error as Error).message)!.issues.map(({ path }) => path);
    }
  };
}

const SCHEMAS: Readonly<Record<string, v.GenericSchema>> = {
  "nothing required": v.object({ limit: v.optional(v.number(), 3), name: v.optional(v.string()) }),
  "a list with one item at least": v.object({ keys: v.pipe(v.array(v.string()), v.minLength(1)) }),
  "a list of three records": v.object({
    rules: v.pipe(v.array(v.object({ path: v.pipe(v.string(), v.startsWith("/")) })), v.length(3)),
  }),
  "a set of two": v.object({ tags: v.pipe(v.set(v.string()), v.minSize(2)) }),
  "a map with two": v.object({
    map: v.pipe(v.map(v.string(), v.pipe(v.number(), v.minValue(5))), v.minSize(2)),
  }),
  "numbers in a range": v.object({
    a: v.pipe(v.number(), v.minValue(10), v.maxValue(20)),
    b: v.pipe(v.number(), v.integer(), v.gtValue(7)),
    c: v.pipe(v.number(), v.maxValue(-4)),
    d: v.pipe(v.number(), v.integer(), v.notValue(0)),
  }),
  "texts of a length": v.object({
    secret: v.pipe(v.string(), v.minLength(32)),
    code: v.pipe(v.string(), v.length(4)),
    short: v.pipe(v.string(), v.maxLength(2)),
  }),
  "texts of a kind": v.object({
    url: v.pipe(v.string(), v.url()),
    mail: v.pipe(v.string(), v.email()),
    id: v.pipe(v.string(), v.uuid()),
    ip: v.pipe(v.string(), v.ip()),
    day: v.pipe(v.string(), v.isoDate()),
    moment: v.pipe(v.string(), v.isoTimestamp()),
    base: v.pipe(v.string(), v.base64()),
  }),
  "a text by a pattern": v.object({ host: v.pipe(v.string(), v.regex(/^[a-z]+\.[a-z]+$/)) }),
  "one of some": v.object({ mode: v.picklist(["on", "off"]), level: v.literal(3) }),
  "none of some": v.object({ mode: v.pipe(v.string(), v.notValue("example")) }),
  "records in records": v.object({
    redis: v.object({ host: v.string(), port: v.optional(v.number(), 6379) }),
    deep: v.object({ er: v.object({ keys: v.pipe(v.array(v.boolean()), v.minLength(1)) }) }),
  }),
  "a number above another": v.pipe(
    v.object({ urls: v.pipe(v.array(v.pipe(v.string(), v.url())), v.minLength(2)) }),
    v.check(({ urls }) => urls.every((url) => url.length > 3), "too short"),
  ),
};

describe("an example", () => {
  for (const [what, schema] of Object.entries(SCHEMAS)) {
    test(`is taken by the schema it is for: ${what}`, () => {
      const { config, fits } = exampleConfig(toKongSchema(schema), misfitsOf(schema));
      assert.ok(fits, JSON.stringify(config));
      configParser(schema)(fillDefaults(toKongSchema(schema), config));
    });
  }

  test("says so if it does not know how to please", () => {
    const schema = v.object({ word: v.pipe(v.string(), v.check(() => false, "no")) });
    const { config, fits } = exampleConfig(toKongSchema(schema), misfitsOf(schema));
    assert.equal(fits, false);
    assert.deepEqual(config, { word: "example" });
  });

  test("has nothing that has a default", () => {
    const schema = v.object({
      a: v.optional(v.string(), "x"),
      b: v.object({ c: v.optional(v.string()) }),
    });
    assert.deepEqual(exampleConfig(toKongSchema(schema)).config, {});
  });
});

/** Schemas made by rule. */
const schemas = fc.letrec<{ field: v.GenericSchema; object: v.GenericSchema }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 3 },
    fc.constant(v.boolean()),
    fc.nat(40).map((least) => v.pipe(v.string(), v.minLength(least))),
    fc.tuple(fc.integer({ min: -9, max: 9 }), fc.nat(9)).map(([low, more]) =>
      v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(low + more))
    ),
    fc.constantFrom(
      v.pipe(v.string(), v.url()),
      v.pipe(v.string(), v.email()),
      v.pipe(v.string(), v.uuid()),
      v.pipe(v.string(), v.ipv4()),
      v.pipe(v.string(), v.isoDate()),
    ),
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }).map((options) =>
      v.picklist(options)
    ),
    fc.tuple(tie("field"), fc.nat(3)).map(([item, least]) =>
      v.pipe(v.array(item), v.minLength(least))
    ),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("field")).map((entries) =>
    v.object(entries as v.ObjectEntries)
  ),
})).object;

test("an example is taken by any schema that is made of what Kong's language has", () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      const fields = toKongSchema(schema);
      const { config, fits } = exampleConfig(fields, misfitsOf(schema));
      const wrong = misfitsOf(schema)(config).join(", ");
      assert.ok(fits, `${wrong} in ${JSON.stringify(config)} for ${JSON.stringify(fields)}`);
    }),
    {
      numRuns: 200,
      reporter: ({ failed, seed, counterexamplePath, errorInstance }) => {
        // The schemas themselves would fill pages.
        if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}: ${errorInstance}`);
      },
    },
  );
});
