// Kong must not refuse what a plugin's schema takes: random schemas, random configurations.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { configParser, fillDefaults, toKongSchema } from "../../../src/kong/schema/schema.ts";
import { kongRefuses } from "../support/kong_schema.ts";

/** A generator of numbers in [0, 1): the same ones for the same seed. */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Random = () => number;

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** Pipes a schema through a random few of the checks that suit it. */
function checked(random: Random, base: v.GenericSchema, checks: readonly unknown[]) {
  let schema = base;
  while (random() < 0.5) schema = v.pipe(schema, pick(random, checks) as v.GenericValidation);
  return schema;
}

const STRING_CHECKS = [
  v.minLength(1),
  v.minLength(3),
  v.maxLength(3),
  v.length(2),
  v.nonEmpty(),
  v.maxBytes(4),
  v.startsWith("a"),
  v.regex(/^[a/]*$/),
  v.uuid(),
  v.value("a"),
  v.notValue("a"),
  v.values(["a", "bc"]),
  v.notValues(["bc"]),
];
const NUMBER_CHECKS = [
  v.integer(),
  v.minValue(1),
  v.minValue(-0.5),
  v.maxValue(5),
  v.maxValue(2.5),
  v.gtValue(0),
  v.gtValue(0.5),
  v.ltValue(3),
  v.ltValue(2.5),
  v.multipleOf(2),
  v.notValue(2),
  v.values([1, 2, 2.5]),
];
const LENGTH_CHECKS = [v.minLength(1), v.maxLength(2), v.length(2), v.nonEmpty()];
const SIZE_CHECKS = [v.minSize(1), v.maxSize(2), v.size(2)];
const ENTRIES_CHECKS = [v.minEntries(1), v.maxEntries(2), v.entries(2)];

function randomSchema(random: Random, depth: number): v.GenericSchema {
  const scalars = [
    () => checked(random, v.string(), STRING_CHECKS),
    () => checked(random, v.number(), NUMBER_CHECKS),
    () => v.boolean(),
    () => pick<v.GenericSchema>(random, [v.literal("a"), v.literal(2), v.literal(false)]),
    () => pick<v.GenericSchema>(random, [v.picklist(["", "a"]), v.picklist([1, 2.5])]),
  ];
  const inner = () => randomSchema(random, depth - 1);
  const keys = () => checked(random, v.string(), STRING_CHECKS.slice(0, 6));
  const nests = [
    () => checked(random, v.array(inner()), LENGTH_CHECKS),
    () => checked(random, v.set(inner()), SIZE_CHECKS),
    () => checked(random, v.map(keys() as v.GenericSchema<string>, inner()), SIZE_CHECKS),
    () => checked(random, v.record(keys() as v.GenericSchema<string>, inner()), ENTRIES_CHECKS),
    () => randomObject(random, depth - 1),
  ];
  return pick(random, depth > 0 ? [...scalars, ...nests] : scalars)();
}

function randomObject(random: Random, depth: number): v.GenericSchema {
  const entries: Record<string, v.GenericSchema> = {};
  for (const name of ["a", "b", "c"]) {
    const schema = randomSchema(random, depth);
    const wrapped = [v.optional(schema), v.nullable(schema), v.nullish(schema), schema, schema];
    entries[name] = pick(random, wrapped);
  }
  return v.object(entries);
}

/** A value that has a fair chance to be taken. */
function randomValue(random: Random, schema: v.GenericSchema): unknown {
  const { type, item, value, key, wrapped, entries, options, literal } = schema as unknown as
    & Record<"item" | "value" | "key" | "wrapped", v.GenericSchema>
    & {
      type: string;
      entries: Record<string, v.GenericSchema>;
      options: unknown[];
      literal: unknown;
    };
  if (wrapped) return random() < 0.3 ? null : randomValue(random, wrapped);
  const several = <T>(make: () => T) => Array.from({ length: Math.floor(random() * 4) }, make);
  switch (type) {
    case "string":
      return pick(random, ["", "a", "ab", "aaa", "bc", "a/b", "aaaaa", UUID]);
    case "number":
      return pick(random, [-1, -0.5, 0, 0.5, 1, 2, 2.5, 3, 4, 5, 6]);
    case "boolean":
      return random() < 0.5;
    case "literal":
      return literal;
    case "picklist":
      return pick(random, options);
    case "array":
      return several(() => randomValue(random, item));
    case "set":
      return several(() => randomValue(random, value));
    case "object":
      return Object.fromEntries(
        Object.entries(entries).map(([name, entry]) => [name, randomValue(random, entry)]),
      );
    default:
      return Object.fromEntries(
        several(() => [String(randomValue(random, key)), randomValue(random, value)]),
      );
  }
}

const UUID = "0123ABCD-89ab-4def-8123-456789abcdef";

describe("Kong and valibot agree:", () => {
  test("what a schema takes, Kong takes as well", () => {
    let taken = 0;
    let refused = 0;
    for (let seed = 1; seed <= 4000; seed++) {
      const random = seeded(seed);
      const schema = randomObject(random, 2);
      const fields = toKongSchema(schema);
      const parse = configParser(schema);
      for (let i = 0; i < 5; i++) {
        const config = randomValue(random, schema) as Record<string, unknown>;
        if (!takes(parse, config)) {
          refused++;
          continue;
        }
        taken++;
        const filled = fillDefaults(fields, config);
        const about = `seed ${seed}: ${JSON.stringify({ fields, filled })}`;
        assert.equal(kongRefuses(fields, filled), undefined, about);
        assert.ok(takes(parse, filled), about);
      }
    }
    // Both have to be common, or this test shows nothing.
    assert.ok(taken > 1500, `${taken} taken`);
    assert.ok(refused > 1500, `${refused} refused`);
  });

  test("most of what a schema refuses, Kong refuses already", () => {
    const schema = v.object({
      key: v.pipe(v.string(), v.minLength(2), v.maxLength(4)),
      rate: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9))),
      mode: v.optional(v.picklist(["on", "off"])),
      hosts: v.optional(v.pipe(v.set(v.pipe(v.string(), v.startsWith("a"))), v.maxSize(2))),
      deep: v.optional(v.object({ id: v.pipe(v.string(), v.uuid()) })),
    });
    const fields = toKongSchema(schema);
    const good = { key: "abc", rate: 3, mode: "on", hosts: ["a"], deep: { id: UUID } };
    assert.equal(kongRefuses(fields, good), undefined);
    const bad: Record<string, unknown>[] = [
      { key: "" },
      { key: "a" },
      { key: "abcde" },
      { key: null },
      { rate: 0 },
      { rate: 10 },
      { rate: 1.5 },
      { mode: "" },
      { hosts: ["b"] },
      { hosts: ["a1", "a2", "a3"] },
      { deep: {} },
      { deep: { id: "1" } },
      { other: 1 },
    ];
    for (const change of bad) {
      assert.ok(kongRefuses(fields, { ...good, ...change }), JSON.stringify(change));
    }
  });
});

function takes(parse: (raw: unknown) => unknown, config: unknown): boolean {
  try {
    parse(config);
    return true;
  } catch (error) {
    assert.equal((error as { code?: unknown }).code, "CONFIG_INVALID");
    return false;
  }
}
