// What handlers see of a configuration that Kong sends.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { configParser } from "../../../src/kong/schema/schema.ts";

/** What becomes of one field of a configuration. */
function parseField(schema: v.GenericSchema, raw: unknown): unknown {
  const config = configParser(v.object({ x: schema }))({ x: raw });
  return (config as { x?: unknown }).x;
}

const ENTRIES = { limit: v.optional(v.number(), 5), name: v.optional(v.string()) };

describe("A configuration from Kong", () => {
  test("loses what Kong added, and what is not known", () => {
    const kongs = {
      __seq__: 7,
      __key__: "plugins:x",
      __plugin_id: "1",
      __ws_id: "2",
      route_id: "3",
      service_id: "4",
      consumer_id: null,
    };
    for (const schema of [v.object(ENTRIES), v.strictObject(ENTRIES), v.looseObject(ENTRIES)]) {
      assert.deepEqual(configParser(schema)({ ...kongs, limit: 1 }), { limit: 1 });
    }
    assert.deepEqual(configParser(v.object(ENTRIES))({ other: 1 }), { limit: 5 });
    assert.deepEqual(configParser(v.looseObject(ENTRIES))({ other: 1 }), { limit: 5, other: 1 });
    const own = configParser(v.object({ route_id: v.string() }));
    assert.deepEqual(own({ ...kongs }), { route_id: "3" });
  });

  test("has absent fields where Kong has nulls", () => {
    const parse = configParser(v.object({ ...ENTRIES, in: v.object(ENTRIES) }));
    assert.deepEqual(parse({ limit: null, name: null, in: { limit: null } }), {
      limit: 5,
      in: { limit: 5 },
    });
    assert.equal(parseField(v.nullable(v.string()), null), null);
    assert.equal(parseField(v.nullable(v.string(), "a"), null), "a");
    assert.equal(parseField(v.nullish(v.string(), "a"), null), "a");
    assert.equal(parseField(v.undefinedable(v.string()), null), undefined);
    assert.equal(parseField(v.optional(v.string(), () => "a"), null), "a");
    assert.equal(parseField(v.fallback(v.string(), "a"), null), "a");
    const nullable = configParser(v.object({ x: v.nullable(v.string()) }));
    assert.deepEqual(nullable({}), { x: null });
  });

  test("keeps the places of a list in which something is null", () => {
    assert.deepEqual(parseField(v.array(v.nullable(v.number())), [1, null, 3]), [1, null, 3]);
    assert.deepEqual(parseField(v.array(v.optional(v.number(), 2)), [1, null, 3]), [1, 2, 3]);
    assert.throws(() => parseField(v.array(v.number()), [1, null]), {
      code: "CONFIG_INVALID",
      message: /x\[1\]: expected number, received null/,
    });
    assert.deepEqual(parseField(v.record(v.string(), v.number()), { a: null, b: 1 }), { b: 1 });
  });

  test("has Sets and Maps where the schema says so", () => {
    assert.deepEqual(parseField(v.set(v.string()), ["a", "b", "a"]), new Set(["a", "b"]));
    assert.deepEqual(parseField(v.map(v.string(), v.number()), { a: 1 }), new Map([["a", 1]]));
    assert.deepEqual(parseField(v.record(v.string(), v.number()), { a: 1 }), { a: 1 });
    const nested = v.array(v.object({ hosts: v.set(v.string()) }));
    assert.deepEqual(parseField(nested, [{ hosts: ["a"] }]), [{ hosts: new Set(["a"]) }]);
    const sets = v.map(v.string(), v.set(v.string()));
    assert.deepEqual(parseField(sets, { a: ["b"] }), new Map([["a", new Set(["b"])]]));
  });

  test("has the right empty thing whichever way Lua's empty table arrives", () => {
    for (const empty of [[], {}]) {
      assert.deepEqual(parseField(v.array(v.string()), empty), []);
      assert.deepEqual(parseField(v.set(v.string()), empty), new Set());
      assert.deepEqual(parseField(v.map(v.string(), v.string()), empty), new Map());
      assert.deepEqual(parseField(v.record(v.string(), v.string()), empty), {});
      assert.deepEqual(parseField(v.object(ENTRIES), empty), { limit: 5 });
      assert.deepEqual(configParser(v.object(ENTRIES))(empty), { limit: 5 });
    }
    for (const raw of [undefined, null]) {
      assert.deepEqual(configParser(v.object(ENTRIES))(raw), { limit: 5 });
    }
  });

  test("is what the schema transforms it to", () => {
    const schema = v.pipe(
      v.object({ at: v.pipe(v.string(), v.isoTimestamp(), v.transform((text) => new Date(text))) }),
      v.transform(({ at }) => at.getTime()),
    );
    assert.equal(configParser(schema)({ at: "1970-01-01T00:00:01.000Z" }), 1000);
  });

  test("is an empty object where the plugin has no schema", () => {
    assert.deepEqual(configParser(undefined)({ __seq__: 1, a: 1 }), {});
  });

  test("cannot reach a prototype", () => {
    const raw = JSON.parse('{"x": {"__proto__": {"polluted": 1}, "constructor": 1}}');
    for (const x of [v.looseObject({}), v.record(v.string(), v.looseObject({}))]) {
      const fallback = v.fallback(x, {});
      const config = configParser(v.object({ x: fallback }))(raw) as { x: { polluted?: unknown } };
      assert.equal(Object.getPrototypeOf(config.x), Object.prototype);
      assert.equal(config.x.polluted, undefined);
    }
    const map = parseField(v.map(v.string(), v.number()), JSON.parse('{"__proto__": 1}'));
    assert.deepEqual(map, new Map([["__proto__", 1]]));
  });

  test("may have fields with the names of inherited properties", () => {
    const parse = configParser(v.object({ toString: v.optional(v.string(), "a") }));
    assert.deepEqual(parse({}), { toString: "a" });
  });

  test("stays as it was: the parser changes nothing of what it is given", () => {
    const raw = JSON.parse('{"limit": null, "in": {"name": null}, "__seq__": 1}');
    const before = structuredClone(raw);
    configParser(v.object({ ...ENTRIES, in: v.object(ENTRIES) }))(raw);
    assert.deepEqual(raw, before);
  });

  test("comes to every instance afresh", () => {
    const parse = configParser(v.object({ hosts: v.optional(v.set(v.string()), () => new Set()) }));
    const [first, second] = [parse({}), parse({})] as { hosts: Set<string> }[];
    first?.hosts.add("a");
    assert.equal(second?.hosts.size, 0);
  });
});
