// What kong.log sends for the values that plugins log.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createKong } from "../../../src/kong/pdk/kong.ts";
import { recordingEvent } from "../support/pdk.ts";

/** What goes out for a message. */
async function logged(
  values: unknown[],
  kind: "err" | "inspect" | "deprecation" = "err",
): Promise<readonly unknown[] | undefined> {
  const event = recordingEvent();
  await createKong(event).log[kind](...values);
  return event.asked[0]?.args;
}

describe("a log message", () => {
  test("keeps strings, numbers and booleans", async () => {
    assert.deepEqual(await logged(["a", 1.5, false]), ["a", 1.5, false]);
  });

  test("has no holes, wherever a value is missing", async () => {
    assert.deepEqual(await logged([undefined, "x", null]), ["nil", "x", "nil"]);
    assert.deepEqual(await logged([]), []);
  });

  test("has numbers that Lua does not know as text", async () => {
    const numbers = [Number.NaN, -Infinity, 2n ** 70n];
    assert.deepEqual(await logged(numbers), ["NaN", "-Infinity", "1180591620717411303424"]);
  });

  test("has objects as JSON, and what JSON cannot say some other way", async () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle.self = circle;
    const [json, date, map, circular, symbol, fn] = await logged([
      { a: [1, null] },
      new Date(0),
      new Map([["k", 1]]),
      circle,
      Symbol("s"),
      function named() {},
    ]) ?? [];
    assert.equal(json, '{"a":[1,null]}');
    assert.equal(date, '"1970-01-01T00:00:00.000Z"');
    assert.match(String(map), /Map.*k.*1/);
    assert.match(String(circular), /Circular/);
    assert.equal(symbol, "Symbol(s)");
    assert.match(String(fn), /named/);
  });

  test("has something also for what throws when it is looked at", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const error = Object.defineProperty(new Error("x"), "stack", {
      get() {
        throw new Error("no");
      },
    });
    assert.deepEqual(await logged([proxy, error]), ["(something that cannot be printed)", "x"]);
    const [inspected] = await logged([proxy], "inspect") ?? [];
    assert.equal(typeof inspected, "string");
  });

  test("has an error with its stack, and bytes as text", async () => {
    const error = new TypeError("broken");
    const [stack, bytes] = await logged([error, new TextEncoder().encode("grün")]) ?? [];
    assert.equal(stack, error.stack);
    assert.match(String(stack), /TypeError: broken/);
    assert.equal(bytes, "grün");
  });
});

describe("kong.log.inspect", () => {
  test("leaves tables to Kong, and sends the rest as text", async () => {
    const values = [{ a: [1, { b: 2 }] }, [1, 2], undefined, { f() {} }];
    const [table, list, nil, unsendable] = await logged(values, "inspect") ?? [];
    assert.deepEqual([table, list, nil], [{ a: [1, { b: 2 }] }, [1, 2], "nil"]);
    assert.equal(typeof unsendable, "string");
  });
});

describe("kong.log.deprecation", () => {
  test("keeps an object at the end, which says since when", async () => {
    const args = ["old: ", { a: 1 }, { after: "3.0.0", removal: "4.0.0" }];
    assert.deepEqual(await logged(args, "deprecation"), [
      "old: ",
      '{"a":1}',
      { after: "3.0.0", removal: "4.0.0" },
    ]);
    assert.deepEqual(await logged(["old"], "deprecation"), ["old"]);
  });

  test("sends nothing that Kong cannot concatenate", async () => {
    assert.deepEqual(await logged(["old", true], "deprecation"), ["old", "true"]);
    assert.deepEqual(await logged([false, null, 1.5, [2]], "deprecation"), [
      "false",
      "nil",
      "1.5",
      "[2]",
    ]);
    assert.deepEqual(await logged([], "deprecation"), [""]);
    const options = { after: "2.5", removal: true as unknown as string };
    await assert.rejects(logged(["old", options], "deprecation"), {
      code: "PDK_ARGUMENT",
      message: "kong.log.deprecation: removal must be a string, not a boolean",
    });
  });
});
