// What is said about a configuration that does not fit: everything, but no secret.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { GibbonError } from "../../../src/base/errors.ts";
import { configParser } from "../../../src/kong/schema/schema.ts";

/** The message about a configuration. */
function complaint(schema: v.GenericSchema, raw: unknown): string {
  return failure(schema, raw).message.replace("the configuration does not fit: ", "");
}

function failure(schema: v.GenericSchema, raw: unknown): GibbonError {
  try {
    configParser(schema, "auth")(raw);
  } catch (error) {
    assert.ok(error instanceof GibbonError);
    assert.equal(error.code, "CONFIG_INVALID");
    assert.equal(error.plugin, "auth");
    assert.ok(error.remedy);
    return error;
  }
  assert.fail("it fits");
}

const SECRET = "hunter2-and-more";

describe("The message about a configuration that does not fit", () => {
  test("names every field, where it is and what is wrong", () => {
    const schema = v.object({
      name: v.string(),
      mode: v.picklist(["on", "off"]),
      limits: v.object({ burst: v.pipe(v.number(), v.minValue(1)) }),
      rules: v.array(v.object({ path: v.pipe(v.string(), v.regex(/^\//)) })),
      hosts: v.set(v.string()),
      headers: v.map(v.string(), v.string()),
      url: v.pipe(v.string(), v.url()),
    });
    const raw = {
      mode: SECRET,
      limits: { burst: 0 },
      rules: [{ path: "/" }, { path: SECRET }],
      hosts: [3],
      headers: { [SECRET]: 4 },
      url: SECRET,
    };
    assert.equal(
      complaint(schema, raw),
      [
        "name: is missing",
        'mode: expected ("on" | "off"), received a string',
        "limits.burst: expected value >=1",
        "rules[1].path: expected format /^\\//",
        "hosts[]: expected string, received a number",
        "headers.*: expected string, received a number",
        "url: is not a valid URL",
      ].join("; "),
    );
  });

  test("names unknown fields of a strict object", () => {
    const schema = v.object({ x: v.strictObject({ a: v.optional(v.string()) }) });
    assert.equal(complaint(schema, { x: { b: SECRET } }), "x.b: is not a known field");
  });

  test("says so when it is no object at all", () => {
    const schema = v.object({ a: v.string() });
    assert.equal(complaint(schema, SECRET), "expected Object, received a string");
  });

  test("is the author's where there is one, without the value", () => {
    const schema = v.object({
      a: v.pipe(v.string(), v.minLength(99, "Give a longer key.")),
      b: v.pipe(v.string(), v.minLength(99, ({ input }) => `${input} is too short`)),
      c: v.pipe(v.object({ d: v.string() }), v.check(() => false, ({ input }) => input.d)),
    });
    assert.equal(
      complaint(schema, { a: SECRET, b: SECRET, c: { d: SECRET } }),
      "a: Give a longer key.; b: *** is too short; c: ***",
    );
  });

  test("gives nothing away when a function of the schema throws", () => {
    const refuse = (text: string) => {
      throw new TypeError(`cannot use ${text}`);
    };
    const schema = v.object({ a: v.pipe(v.string(), v.transform(refuse)) });
    const { message, file, cause } = failure(schema, { a: SECRET });
    assert.equal(message, "checking the configuration threw TypeError");
    assert.match(file ?? "", /issues\.test\.ts:\d+:\d+$/);
    assert.equal(cause, undefined);
    const parsed = v.object({ a: v.pipe(v.string(), v.transform(JSON.parse)) });
    assert.equal(failure(parsed, { a: SECRET }).file, undefined);
  });

  test("says nothing of what is below a transformation", () => {
    const parsed = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.number()));
    const message = complaint(v.object({ a: parsed }), { a: JSON.stringify({ [SECRET]: "b" }) });
    assert.equal(message, "a.*: expected number, received a string");
  });

  test("is bounded", () => {
    const schema = v.object({
      list: v.array(v.pipe(v.string(), v.check(() => false, "x".repeat(999)))),
    });
    const message = complaint(schema, { list: Array(1000).fill("a") });
    assert.match(message, /; and 990 more$/);
    assert.ok(message.length < 3000);
  });
});
