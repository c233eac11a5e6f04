// What Kong fills into a configuration before a plugin gets it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import {
  configParser,
  defaultConfig,
  fillDefaults,
  toKongSchema,
} from "../../../src/kong/schema/schema.ts";

const SCHEMA = v.object({
  limit: v.optional(v.number(), 5),
  hosts: v.optional(v.set(v.string()), new Set(["a"])),
  name: v.optional(v.string()),
  inner: v.object({ on: v.optional(v.boolean(), true), off: v.optional(v.boolean()) }),
  outer: v.optional(v.object({ on: v.optional(v.boolean(), true) })),
  rules: v.optional(v.array(v.object({ on: v.optional(v.boolean(), true) })), () => []),
  routes: v.optional(v.map(v.string(), v.object({ on: v.optional(v.boolean(), true) }))),
});
const FIELDS = toKongSchema(SCHEMA);

describe("Defaults", () => {
  test("are filled in as Kong does, null for what may be absent", () => {
    assert.deepEqual(defaultConfig(FIELDS), {
      limit: 5,
      hosts: ["a"],
      name: null,
      inner: { on: true, off: null },
      outer: null,
      rules: null,
      routes: null,
    });
  });

  test("make a configuration that the schema takes", () => {
    assert.deepEqual(configParser(SCHEMA)(defaultConfig(FIELDS)), {
      limit: 5,
      hosts: new Set(["a"]),
      inner: { on: true },
      rules: [],
    });
  });

  test("leave alone what is given, and fill in what is inside of it", () => {
    const given = {
      limit: 1,
      name: null,
      inner: {},
      outer: {},
      rules: [{}],
      routes: { a: {} },
      z: 1,
    };
    assert.deepEqual(fillDefaults(FIELDS, given), {
      limit: 1,
      hosts: ["a"],
      name: null,
      inner: { on: true, off: null },
      outer: { on: true },
      rules: [{ on: true }],
      routes: { a: { on: true } },
      z: 1,
    });
  });

  test("do not make up what is required", () => {
    assert.deepEqual(defaultConfig(toKongSchema(v.object({ key: v.string() }))), {});
  });

  test("are a copy for each configuration", () => {
    const first = defaultConfig(FIELDS);
    (first.hosts as string[]).push("b");
    assert.deepEqual(defaultConfig(FIELDS).hosts, ["a"]);
  });

  test("of records in the schemas of others are filled in unless they are not required", () => {
    const fields = [
      { a: { type: "record", fields: [{ b: { type: "number", default: 1 } }] } },
      { c: { type: "record", required: false, fields: [{ b: { type: "number", default: 1 } }] } },
    ];
    assert.deepEqual(defaultConfig(fields), { a: { b: 1 }, c: null });
  });
});
