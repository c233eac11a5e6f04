// What Kong's Admin API has against a configuration: beside what other tests know of Kong's rules.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusedFields } from "../../../src/kong/schema/admin_rules.ts";
import { kongRefuses } from "../support/kong_schema.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** A field's attributes, values that Kong takes, and values that it refuses with a message. */
const CASES: readonly [Attributes, taken: unknown[], refused: [unknown, RegExp][]][] = [
  [{ type: "string" }, ["a", null, undefined], [["", /at least 1/], [1, /expected a string/]]],
  [{ type: "string", len_min: 0 }, ["", "ü"], []],
  [{ type: "string", len_max: 2 }, ["ü", "ab"], [["üb", /at most 2/]]],
  [{ type: "string", len_eq: 2 }, ["ab"], [["a", /must be 2/], ["", /must be 2/]]],
  [{ type: "string", one_of: ["a", "b"] }, ["a"], [["c", /expected one of: a, b/]]],
  [{ type: "string", not_one_of: ["a"] }, ["c"], [["a", /must not be one of: a/]]],
  [{ type: "string", starts_with: "/" }, ["/a"], [["a", /start with: \//]]],
  [{ type: "string", uuid: true }, ["1b4e28ba-2fa1-41d2-883f-0016d3cca427"], [["x", /UUID/]]],
  [{ type: "integer" }, [0, -1], [[1.5, /an integer/], ["1", /an integer/]]],
  [{ type: "number", between: [1, 2] }, [1, 1.5, 2], [[0, /between 1 and 2/], [3, /between/]]],
  [{ type: "number", gt: 1 }, [1.1], [[1, /greater than 1/]]],
  [{ type: "number", ne: 5 }, [0], [[5, /must not be 5/]]],
  [{ type: "boolean", eq: true }, [true], [[false, /must be true/], [1, /a boolean/]]],
  [{ type: "boolean", required: true }, [true, false], [[null, /required field missing/]]],
  [
    { type: "array", elements: { type: "number" }, len_min: 1 },
    [[1], [1, 1]],
    [[[], /at least 1/], [["a"], /a number/], [{}, /an array/], ["a", /an array/]],
  ],
  [
    { type: "set", elements: { type: "string" }, len_max: 1 },
    [["a"], ["a", "a"]],
    [[["a", "b"], /at most 1/], [1, /a set/]],
  ],
  [{ type: "array", elements: { type: "string" }, contains: "a" }, [["a", "b"]], [[["b"], /: a/]]],
  [
    { type: "map", keys: { type: "string" }, values: { type: "boolean" }, len_max: 1 },
    [{}, { a: true }],
    [[{ a: 1 }, /a boolean/], [{ a: true, b: true }, /at most 1/], [[1], /a map/]],
  ],
  [
    { type: "record", fields: [{ a: { type: "string", required: true } }] },
    [{ a: "a" }],
    [[{}, /required field missing/], [{ a: "a", b: 1 }, /unknown field/], ["a", /a record/]],
  ],
];

describe("Kong's rules for a configuration", () => {
  for (const [attributes, taken, refused] of CASES) {
    const fields = [{ field: attributes }];
    test(JSON.stringify(attributes), () => {
      for (const value of taken) {
        assert.deepEqual(refusedFields(fields, { field: value }), [], JSON.stringify(value));
        assert.equal(kongRefuses(fields, { field: value }), undefined, JSON.stringify(value));
      }
      for (const [value, message] of refused) {
        const [first, ...more] = refusedFields(fields, { field: value });
        assert.match(first?.message ?? "taken", message, JSON.stringify(value));
        assert.equal(first?.path[0], "field");
        assert.deepEqual(more, []);
        assert.notEqual(kongRefuses(fields, { field: value }), undefined, JSON.stringify(value));
      }
    });
  }

  test("lead to each field that is wrong, and to what is not known", () => {
    const inner = [{ on: { type: "boolean", required: true } }];
    const list = { type: "array", elements: { type: "record", fields: inner } };
    const config = { list: [{ on: true }, { on: 1 }, {}], other: 1 };
    assert.deepEqual(refusedFields([{ list }], config), [
      { path: ["other"], message: "unknown field" },
      { path: ["list", 1, "on"], message: "expected a boolean" },
      { path: ["list", 2, "on"], message: "required field missing" },
    ]);
  });

  test("take references to secrets where they may stand", () => {
    const token = { type: "string", referenceable: true, len_max: 5 };
    assert.deepEqual(refusedFields([{ token }], { token: "{vault://env/a-long-name}" }), []);
  });
});
