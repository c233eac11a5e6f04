// Schemas in Kong's own language, as plugins for Kong's JavaScript server have them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkFields } from "../../../src/kong/schema/declared.ts";

/** What is wrong with a field `a`; undefined if nothing is. */
function fault(field: unknown): string | undefined {
  try {
    checkFields([{ a: field }], "Schema");
    return undefined;
  } catch (error) {
    const { code, message, remedy } = error as { code: string; message: string; remedy: string };
    assert.equal(code, "PLUGIN_INVALID");
    assert.ok(remedy, message);
    return message;
  }
}

describe("a field is taken", () => {
  const text = { type: "string" };
  const FIELDS: readonly Readonly<Record<string, unknown>>[] = [
    { ...text, required: true, default: "x", len_min: 0, description: "What it is, in words." },
    { type: "number", between: [1, 5], default: 5 },
    { type: "integer", gt: 0, one_of: [1, 2], default: 2 },
    { type: "boolean", default: false },
    { type: "array", elements: { type: "string", match: "^%d+$" }, default: ["1"] },
    { type: "set", elements: { type: "string", one_of: ["a", "b"] }, len_min: 1, default: ["b"] },
    { type: "map", keys: text, values: { type: "array", elements: text }, default: { a: ["b"] } },
    {
      type: "record",
      required: false,
      fields: [{ host: text }, { port: { type: "integer", between: [0, 65535], default: 80 } }],
      entity_checks: [{ at_least_one_of: ["host", "port"] }],
    },
    { type: "json", json_schema: { inline: { type: "object" } } },
    { type: "foreign", reference: "services" },
    { ...text, default: "{vault://env/key}", referenceable: true, len_min: 100 },
  ];
  for (const field of FIELDS) {
    test(JSON.stringify(field), () => assert.equal(fault(field), undefined));
  }

  test("and no fields at all", () => assert.doesNotThrow(() => checkFields([], "Schema")));
});

describe("a field is refused", () => {
  const FIELDS: readonly (readonly [field: unknown, message: string])[] = [
    ["string", "Schema.a is no object with a type"],
    [{}, "Schema.a has no type"],
    [{ type: "strng" }, 'Schema.a has the type "strng"'],
    [{ type: "function" }, 'Schema.a has the type "function"'],
    [{ type: "string", nullable: true }, 'Schema.a has the attribute "nullable"'],
    [
      { type: "string", between: [1, 2] },
      "Schema.a is of type string and has the attribute between",
    ],
    [
      { type: "number", between: [5, 1] },
      "Schema.a has the attribute between with the value [5,1]",
    ],
    [
      { type: "string", required: "yes" },
      'Schema.a has the attribute required with the value "yes"',
    ],
    [{ type: "string", len_max: "9" }, 'Schema.a has the attribute len_max with the value "9"'],
    [{ type: "string", one_of: "ab" }, 'Schema.a has the attribute one_of with the value "ab"'],
    [{ type: "array" }, "Schema.a is of type array and has no elements"],
    [{ type: "set", elements: "string" }, "Schema.a.elements is no object with a type"],
    [{ type: "array", elements: { type: "int" } }, 'Schema.a.elements has the type "int"'],
    [{ type: "map", keys: { type: "string" } }, "Schema.a is of type map and has no values"],
    [{ type: "record" }, "Schema.a is no list of fields"],
    [{ type: "record", fields: [{ b: { type: "x" } }] }, 'Schema.a.b has the type "x"'],
    [
      { type: "record", fields: [{ b: {}, c: {} }] },
      "Schema.a has a field that is no object with one name",
    ],
    [{ type: "json" }, "Schema.a is of type json and has no json_schema"],
    [
      { type: "number", default: "1" },
      "Schema.a has a default that the field itself refuses: expected a number",
    ],
    [
      { type: "string", one_of: ["x"], default: "y" },
      "Schema.a has a default that the field itself refuses: expected one of: x",
    ],
    [
      { type: "array", elements: { type: "integer" }, default: [1, 1.5] },
      "Schema.a has a default with .1 that the field itself refuses: expected an integer",
    ],
    [
      { type: "record", fields: [{ b: { type: "number", gt: 1 } }], default: { b: 1 } },
      "Schema.a has a default with .b that the field itself refuses: value must be greater than 1",
    ],
  ];
  for (const [field, message] of FIELDS) {
    test(message, () => assert.equal(fault(field), message));
  }

  test("that is there twice, and a list that is none", () => {
    const twice = [{ a: { type: "string" } }, { a: { type: "number" } }];
    assert.throws(() => checkFields(twice, "Schema"), { message: "Schema has the field a twice" });
    for (const wrong of [{}, "x", null, [null], [[]], [{}]]) {
      assert.throws(() => checkFields(wrong, "Schema"), { code: "PLUGIN_INVALID" });
    }
  });

  test("that is in itself", () => {
    const round: Record<string, unknown> = { type: "array" };
    round.elements = round;
    assert.match(fault(round)!, /nested deeper than 32 levels/);
  });
});
