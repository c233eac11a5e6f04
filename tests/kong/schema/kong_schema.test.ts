// What valibot schemas become in Kong's schema language.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { toKongSchema, withoutDescriptions } from "../../../src/kong/schema/schema.ts";

/** The one field of a configuration of that schema. */
function field(schema: v.GenericSchema): unknown {
  const [first, ...others] = toKongSchema(v.object({ x: schema }));
  assert.deepEqual(others, []);
  return first?.x;
}

const ANY_STRING = { type: "string", len_min: 0 };

const CASES: Record<string, [v.GenericSchema, unknown][]> = {
  "plain types": [
    [v.string(), { ...ANY_STRING, required: true }],
    [v.number(), { type: "number", required: true }],
    [v.boolean(), { type: "boolean", required: true }],
    [v.pipe(v.number(), v.integer()), { type: "integer", required: true }],
    [v.pipe(v.number(), v.safeInteger()), { type: "integer", required: true }],
    [v.array(v.string()), { type: "array", elements: ANY_STRING, required: true }],
    [v.set(v.number()), { type: "set", elements: { type: "number" }, required: true }],
    [
      v.map(v.string(), v.boolean()),
      { type: "map", keys: ANY_STRING, values: { type: "boolean" }, required: true },
    ],
    [
      v.record(v.picklist(["a", "b"]), v.number()),
      {
        type: "map",
        keys: { type: "string", one_of: ["a", "b"] },
        values: { type: "number" },
        required: true,
      },
    ],
  ],
  "what may be absent": [
    [v.optional(v.number()), { type: "number" }],
    [v.exactOptional(v.number()), { type: "number" }],
    [v.nullish(v.number()), { type: "number" }],
    [v.nullable(v.number()), { type: "number" }],
    [v.undefinedable(v.number()), { type: "number" }],
    [v.nonOptional(v.optional(v.number(), 1)), { type: "number", required: true }],
    [v.nonNullish(v.nullish(v.number())), { type: "number", required: true }],
    [v.nonNullable(v.nullable(v.number())), { type: "number", required: true }],
    [v.pipe(v.optional(v.number()), v.description("ten letters")), {
      type: "number",
      description: "ten letters",
    }],
    [v.fallback(v.number(), 3), { type: "number", default: 3 }],
  ],
  "defaults": [
    [v.optional(v.string(), "a"), { ...ANY_STRING, default: "a" }],
    [v.optional(v.string(), ""), { ...ANY_STRING, default: "" }],
    [v.nullish(v.boolean(), false), { type: "boolean", default: false }],
    [v.nullish(v.boolean(), null), { type: "boolean" }],
    [v.optional(v.set(v.number()), new Set([1, 2])), {
      type: "set",
      elements: { type: "number" },
      default: [1, 2],
    }],
    [v.optional(v.map(v.string(), v.number()), new Map([["a", 1]])), {
      type: "map",
      keys: ANY_STRING,
      values: { type: "number" },
      default: { a: 1 },
    }],
    [v.optional(v.array(v.string()), () => []), { type: "array", elements: ANY_STRING }],
    [v.optional(v.optional(v.number(), 1), () => 2), { type: "number" }],
    [v.optional(v.nullable(v.number(), 1), 2), { type: "number", default: 2 }],
    [v.optional(v.nullable(v.number(), 1)), { type: "number", default: 1 }],
  ],
  "values": [
    [v.picklist(["b", "a"]), { type: "string", one_of: ["b", "a"], required: true }],
    [v.picklist(["", "a"]), { type: "string", one_of: ["", "a"], len_min: 0, required: true }],
    [v.picklist([1, 2]), { type: "integer", one_of: [1, 2], required: true }],
    [v.picklist([1, 2.5]), { type: "number", one_of: [1, 2.5], required: true }],
    [v.enum({ A: "a", B: "b" }), { type: "string", one_of: ["a", "b"], required: true }],
    [v.literal("a"), { type: "string", one_of: ["a"], required: true }],
    [v.literal(true), { type: "boolean", eq: true, required: true }],
    [v.union([v.literal(true), v.literal(false)]), { type: "boolean", required: true }],
    [v.union([v.literal("a"), v.picklist(["b", "c"])]), {
      type: "string",
      one_of: ["a", "b", "c"],
      required: true,
    }],
    [v.pipe(v.string(), v.value("a")), { type: "string", eq: "a", required: true }],
    [v.pipe(v.string(), v.notValue("a")), { ...ANY_STRING, ne: "a", required: true }],
    [v.pipe(v.string(), v.values(["a", "b"])), {
      type: "string",
      one_of: ["a", "b"],
      required: true,
    }],
    [v.pipe(v.number(), v.notValues([1, 2])), {
      type: "number",
      not_one_of: [1, 2],
      required: true,
    }],
  ],
  "ranges": [
    [v.pipe(v.number(), v.minValue(0.5), v.maxValue(9)), {
      type: "number",
      between: [0.5, 9],
      required: true,
    }],
    [v.pipe(v.number(), v.gtValue(0)), { type: "number", gt: 0, required: true }],
    [v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), {
      type: "number",
      between: [0, 1],
      gt: 0,
      required: true,
    }],
    [v.pipe(v.number(), v.minValue(0)), { type: "number", between: [0, 1e18], required: true }],
    [v.pipe(v.number(), v.ltValue(5)), { type: "number", between: [-1e18, 5], required: true }],
    [v.pipe(v.number(), v.minValue(1), v.minValue(3)), {
      type: "number",
      between: [3, 1e18],
      required: true,
    }],
    [v.pipe(v.number(), v.integer(), v.minValue(1)), { type: "integer", gt: 0, required: true }],
    [v.pipe(v.number(), v.integer(), v.minValue(0.5)), { type: "integer", gt: 0, required: true }],
    [v.pipe(v.number(), v.integer(), v.gtValue(1)), { type: "integer", gt: 1, required: true }],
    [v.pipe(v.number(), v.integer(), v.gtValue(0), v.ltValue(10)), {
      type: "integer",
      between: [1, 9],
      required: true,
    }],
    [v.pipe(v.number(), v.multipleOf(5)), { type: "number", required: true }],
  ],
  "lengths": [
    [v.pipe(v.string(), v.nonEmpty()), { type: "string", len_min: 1, required: true }],
    [v.pipe(v.string(), v.minLength(8), v.nonEmpty()), {
      type: "string",
      len_min: 8,
      required: true,
    }],
    [v.pipe(v.string(), v.maxLength(8)), {
      type: "string",
      len_min: 0,
      len_max: 8,
      required: true,
    }],
    [v.pipe(v.string(), v.length(4)), { type: "string", len_eq: 4, required: true }],
    [v.pipe(v.string(), v.maxBytes(8)), {
      type: "string",
      len_min: 0,
      len_max: 8,
      required: true,
    }],
    [v.pipe(v.array(v.number()), v.nonEmpty(), v.maxLength(3)), {
      type: "array",
      elements: { type: "number" },
      len_min: 1,
      len_max: 3,
      required: true,
    }],
    [v.pipe(v.array(v.number()), v.includes(3)), {
      type: "array",
      elements: { type: "number" },
      contains: 3,
      required: true,
    }],
    [v.pipe(v.set(v.number()), v.minSize(1), v.maxSize(3)), {
      type: "set",
      elements: { type: "number" },
      len_min: 1,
      len_max: 3,
      required: true,
    }],
    [v.pipe(v.map(v.string(), v.number()), v.size(2)), {
      type: "map",
      keys: ANY_STRING,
      values: { type: "number" },
      len_eq: 2,
      required: true,
    }],
    [v.pipe(v.record(v.string(), v.number()), v.minEntries(1)), {
      type: "map",
      keys: ANY_STRING,
      values: { type: "number" },
      len_min: 1,
      required: true,
    }],
  ],
  "formats": [
    [v.pipe(v.string(), v.uuid()), { type: "string", uuid: true, required: true }],
    [v.pipe(v.string(), v.startsWith("/")), { type: "string", starts_with: "/", required: true }],
    [v.pipe(v.string(), v.url()), { type: "string", required: true }],
    [v.pipe(v.string(), v.regex(/^\d+$/)), { type: "string", required: true }],
    [v.pipe(v.string(), v.regex(/^\d*$/)), { ...ANY_STRING, required: true }],
  ],
  "pipes": [
    [v.pipe(v.string(), v.transform(Number), v.minValue(3)), { ...ANY_STRING, required: true }],
    [v.pipe(v.string(), v.trim(), v.minLength(3)), { ...ANY_STRING, required: true }],
    [v.pipe(v.string(), v.brand("Key"), v.minLength(3)), {
      type: "string",
      len_min: 3,
      required: true,
    }],
    [v.pipe(v.pipe(v.string(), v.minLength(1)), v.maxLength(3)), {
      type: "string",
      len_min: 1,
      len_max: 3,
      required: true,
    }],
    [v.optional(v.pipe(v.string(), v.digits(), v.transform(Number)), "5"), {
      type: "string",
      default: "5",
    }],
  ],
  "objects": [
    [v.object({ a: v.number(), b: v.optional(v.number()) }), {
      type: "record",
      fields: [{ a: { type: "number", required: true } }, { b: { type: "number" } }],
      required: true,
    }],
    [v.optional(v.strictObject({ a: v.number() })), {
      type: "record",
      fields: [{ a: { type: "number", required: true } }],
      required: false,
    }],
    [v.optional(v.looseObject({ a: v.optional(v.number(), 1) }), {}), {
      type: "record",
      fields: [{ a: { type: "number", default: 1 } }],
      required: false,
      default: {},
    }],
    [v.array(v.object({ a: v.number() })), {
      type: "array",
      elements: { type: "record", fields: [{ a: { type: "number", required: true } }] },
      required: true,
    }],
  ],
  "notes": [
    [v.pipe(v.boolean(), v.description("Whether it is on.")), {
      type: "boolean",
      description: "Whether it is on.",
      required: true,
    }],
    [v.pipe(v.boolean(), v.description("Too short")), { type: "boolean", required: true }],
    [v.pipe(v.boolean(), v.description("ä".repeat(251))), { type: "boolean", required: true }],
    [
      v.pipe(v.string(), v.minLength(1), v.metadata({ kong: { referenceable: true } })),
      { type: "string", len_min: 1, referenceable: true, required: true },
    ],
    [
      v.pipe(
        v.optional(v.unknown()),
        v.metadata({ kong: { type: "json", json_schema: { inline: { type: "object" } } } }),
      ),
      { type: "json", json_schema: { inline: { type: "object" } } },
    ],
    [v.pipe(v.string(), v.metadata({ note: "of somebody else" })), {
      ...ANY_STRING,
      required: true,
    }],
  ],
};

describe("A valibot schema becomes Kong's:", () => {
  for (const [name, cases] of Object.entries(CASES)) {
    test(name, () => {
      for (const [schema, expected] of cases) assert.deepEqual(field(schema), expected);
    });
  }

  test("fields keep their order, and no schema has no fields", () => {
    const schema = v.object({ z: v.number(), a: v.number() });
    assert.deepEqual(toKongSchema(schema).flatMap((entry) => Object.keys(entry)), ["z", "a"]);
    assert.deepEqual(toKongSchema(undefined), []);
  });

  test("a transformation of the whole configuration changes nothing", () => {
    const entries = { a: v.optional(v.number(), 1) };
    const piped = v.pipe(v.object(entries), v.transform(({ a }) => new Map([["a", a]])));
    assert.deepEqual(toKongSchema(piped), toKongSchema(v.object(entries)));
  });

  test("the author's own functions do not run while loading", () => {
    const never = () => assert.fail("ran");
    toKongSchema(v.object({
      a: v.pipe(v.string(), v.check(never)),
      b: v.pipe(v.string(), v.transform(never)),
      c: v.optional(v.pipe(v.string(), v.rawCheck(never)), "x"),
      d: v.optional(v.string(), never),
    }));
  });

  test("descriptions can be left out, for Kongs that refuse them", () => {
    const noted = <S extends v.GenericSchema>(schema: S) =>
      v.pipe(schema, v.description("What this is for."));
    const described = v.object({
      a: noted(v.array(noted(v.object({ description: noted(v.boolean()) })))),
      b: noted(v.map(noted(v.string()), noted(v.number()))),
    });
    const plain = v.object({
      a: v.array(v.object({ description: v.boolean() })),
      b: v.map(v.string(), v.number()),
    });
    assert.notDeepEqual(toKongSchema(described), toKongSchema(plain));
    assert.deepEqual(withoutDescriptions(toKongSchema(described)), toKongSchema(plain));
  });
});
