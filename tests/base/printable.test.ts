// Values that cannot be printed: they are printed all the same, and nothing throws.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeOf, GibbonError, isGibbonError, messageOf, stackOf } from "../../src/base/errors.ts";
import { createLogger, formatEntry } from "../../src/base/log.ts";
import { MAX_TEXT, printable } from "../../src/base/printable.ts";

const bad = () => {
  throw new Error("a trap");
};

/** A proxy every one of whose traps throws. */
function trapped(): object {
  return new Proxy({}, new Proxy({}, { get: () => bad }));
}

function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function withGetters(target: object, ...names: string[]): object {
  for (const name of names) Object.defineProperty(target, name, { get: bad, enumerable: true });
  return target;
}

const circle: Record<string, unknown> = { name: "round" };
circle.self = circle;

const ENDLESS = new Proxy([], {
  get: (list, name) => name === "length" ? Infinity : Reflect.get(list, name),
});

/** Everything that a plugin could throw or log to do harm. */
const HOSTILE: Readonly<Record<string, unknown>> = {
  "undefined": undefined,
  "null": null,
  "a symbol": Symbol("x"),
  "a bigint": 2n ** 70n,
  "a function": () => {},
  "a class": class Thing {},
  "an object without a prototype": Object.create(null),
  "an object that holds itself": circle,
  "a list of bigints": [1n, 2n],
  "an error with a message that throws": withGetters(new Error("x"), "message"),
  "an error with a stack that throws": withGetters(new Error("x"), "stack"),
  "an error with everything that throws": withGetters(
    new Error("x"),
    "message",
    "stack",
    "name",
    "code",
    "toString",
    "cause",
    "constructor",
  ),
  "an error whose message is a bigint": Object.assign(new Error("x"), { message: 7n, stack: 7n }),
  "an error whose message is an object": Object.assign(new Error("x"), { message: circle }),
  "a toString that throws": { toString: bad },
  "a toString that gives no string": { toString: () => ({}) },
  "a toJSON that throws": { toJSON: bad },
  "a toJSON that gives itself": {
    toJSON() {
      return this;
    },
  },
  "a getter that throws": withGetters({ a: 1 }, "b"),
  "a proxy with traps": trapped(),
  "a proxy with traps around an error": new Proxy(new Error("x"), {
    get: bad,
    getPrototypeOf: bad,
  }),
  "a revoked proxy": revoked(),
  "a revoked proxy of a function": revoked(() => {}),
  "a revoked proxy of a list": revoked([]),
  "an object that holds a revoked proxy": { a: [revoked()] },
  "a list that is said to be endless": ENDLESS,
  "an invalid date": new Date(Number.NaN),
  "a Symbol.toPrimitive that throws": { [Symbol.toPrimitive]: bad },
};

describe("a value that cannot be printed", () => {
  for (const [title, value] of Object.entries(HOSTILE)) {
    test(`${title} is printed, as a value, a message and a stack`, () => {
      for (const text of [printable(value), messageOf(value), stackOf(value)]) {
        assert.equal(typeof text, "string");
        assert.ok(text.length < 100_000);
      }
      codeOf(value);
      assert.equal(isGibbonError(value), false);
      const line = formatEntry("error", "it failed", { value });
      assert.doesNotMatch(line, /\p{Cc}/u);
    });
  }

  test("and nothing that holds two of them makes it throw", () => {
    // Every pair, one in the other, by three kinds of holders.
    for (const one of Object.values(HOSTILE)) {
      for (const other of Object.values(HOSTILE)) {
        for (
          const held of [
            [one, other],
            { one, other },
            Object.assign(new Error("x"), { cause: one, message: other }),
          ]
        ) {
          assert.equal(typeof messageOf(held), "string");
          assert.equal(typeof stackOf(held), "string");
        }
      }
    }
  });

  test("is fuzzed: whichever traps of a proxy throw or give nonsense", () => {
    const TRAPS = ["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf"] as const;
    const TARGETS = [() => ({}), () => [], () => new Error("x"), () => () => {}, () => new Map()];
    const random = seeded(20_260_101);
    for (let round = 0; round < 3000; round++) {
      const handler: Record<string, unknown> = {};
      for (const trap of TRAPS) {
        const kind = random(4);
        if (kind === 0) handler[trap] = bad;
        else if (kind === 1) {
          // A trap that says it has endless keys is an endless loop to JavaScriptCore, as any other.
          const values = Object.values(HOSTILE).filter((value) => value !== ENDLESS);
          handler[trap] = () => values[random(values.length)];
        }
      }
      const value = new Proxy(TARGETS[random(TARGETS.length)]!(), handler);
      assert.equal(typeof messageOf(value), "string", JSON.stringify(Object.keys(handler)));
      assert.equal(typeof stackOf(value), "string");
      isGibbonError(value);
      codeOf(value);
      formatEntry("error", "x", { value, list: [value] });
    }
  });
});

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

describe("a value that can be printed", () => {
  const cases: [value: unknown, text: string][] = [
    ["text", "text"],
    [7, "7"],
    [7n, "7"],
    [Symbol("x"), "Symbol(x)"],
    [new TypeError("wrong"), "wrong"],
    [{ a: 1, b: [1n, undefined, () => {}] }, '{"a":1,"b":["1",null,"(a function)"]}'],
    [circle, '{"name":"round","self":"(circular)"}'],
    [{ e: new Error("inner") }, '{"e":"inner"}'],
    [{ when: new Date(0) }, '{"when":"1970-01-01T00:00:00.000Z"}'],
    [new URL("http://h.test/"), "http://h.test/"],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ];
  for (const [value, text] of cases) {
    test(`is ${text}`, () => assert.equal(printable(value), text));
  }

  test("is cut where it is long, deep or of many parts", () => {
    assert.equal(printable("x".repeat(MAX_TEXT + 5)), `${"x".repeat(MAX_TEXT)}... (5 more)`);
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    assert.equal(printable(deep), `${"[".repeat(8)}"(more)"${"]".repeat(8)}`);
    const many = Array.from({ length: 100_000 }, () => ({}));
    assert.ok(printable(many).length < 10_000);
  });

  test("keeps the stack of an error, also of one from another realm", () => {
    const error = new Error("x");
    assert.equal(stackOf(error), error.stack);
    assert.equal(stackOf({ stack: "of elsewhere" }), "of elsewhere");
    assert.equal(stackOf("thrown"), "thrown");
  });

  test("tells gibbon's own errors", () => {
    assert.equal(isGibbonError(new GibbonError("LIMIT", "x")), true);
    assert.equal(codeOf(new GibbonError("LIMIT", "x")), "LIMIT");
  });
});

describe("a log entry", () => {
  test("is one line whatever ends lines, and gives a terminal no orders", () => {
    const ends = ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"];
    for (const end of ends) {
      assert.equal(formatEntry("warn", `a${end}[error] b`), "[warn] a | [error] b");
    }
    const orders = "\x1b[2J\x9b1m\x07\b\0\x7f\u202e";
    const line = formatEntry("warn", `a${orders}b\tc`, { value: orders, [`k${orders}`]: 1 });
    assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
    assert.match(line, /^\[warn\] a\\u001b\[2J\\u009b1m.*b c value="\\u001b/);
  });

  test("trims the lines of a message", () => {
    assert.equal(formatEntry("info", "a  \n\n   b\n"), "[info] a | b");
    assert.equal(formatEntry("info", "a b"), "[info] a b");
  });

  test("takes values that JSON does not", () => {
    assert.equal(
      formatEntry("info", "x", { a: 1n, b: circle, c: undefined, d: null }),
      '[info] x a=1 b="{\\"name\\":\\"round\\",\\"self\\":\\"(circular)\\"}" d=null',
    );
  });

  test("takes no time for blanks", () => {
    // Quadratic it took two seconds for this one; linear, all of these are done in a moment.
    const blanks = " ".repeat(80_000);
    const lines: string[] = [];
    const log = createLogger((line) => lines.push(line));
    for (let round = 0; round < 200; round++) log.error(`a${blanks}b`, { text: blanks });
    assert.equal(lines.length, 200);
    assert.ok(lines[0]!.length < 3 * MAX_TEXT);
  });
});

/** Objects in one another, so many. */
function nested(depth: number): unknown {
  return depth === 0 ? "end" : { in: nested(depth - 1) };
}

describe("a value is printed", () => {
  const UNPRINTABLE = "(something that cannot be printed)";
  const printed: readonly (readonly [what: string, value: unknown, text: string])[] = [
    ["as it is, if it is text", "two\nlines", "two\nlines"],
    ["in its own words", { toString: () => "mine" }, "mine"],
    ["as JSON", { a: [1, "b", null, true, undefined] }, '{"a":[1,"b",null,true,null]}'],
    ["as JSON, if its words are no text", { toString: () => 1 }, '{"toString":"(a function)"}'],
    ["as its message, if it is an error", new TypeError("no"), "no"],
    ["also if that is an object", Object.assign(new Error(), { message: { a: 1 } }), '{"a":1}'],
    [
      "with what JSON does not have",
      { i: 1n, s: Symbol("x"), f: bad },
      '{"i":"1","s":"Symbol(x)","f":"(a function)"}',
    ],
    ["with errors in it", { e: new Error("no"), l: [new Error("x")] }, '{"e":"no","l":["x"]}'],
    ["as what it says of itself", [{ toJSON: () => ({ b: [2n] }) }], '[{"b":["2"]}]'],
    ["with what holds itself", circle, '{"name":"round","self":"(circular)"}'],
    ["twice where it is there twice", [{ a: 1 }, { a: 1 }], '[{"a":1},{"a":1}]'],
    ["without what throws", withGetters({ a: 1 }, "b"), `{"a":1,"b":"${UNPRINTABLE}"}`],
    ["without a toJSON that throws", [{ toJSON: bad }], `["${UNPRINTABLE}"]`],
    ["without an item that throws", withGetters([1, 2], "1"), `[1,"${UNPRINTABLE}"]`],
    ["if it can be at all", revoked(), UNPRINTABLE],
    ["eight objects deep", nested(8), `${'{"in":'.repeat(8)}"end"${"}".repeat(8)}`],
    ["and no deeper", nested(9), `${'{"in":'.repeat(8)}"(more)"${"}".repeat(8)}`],
    [
      "as JSON, if its words are a list's",
      { toString: [].toString },
      '{"toString":"(a function)"}',
    ],
  ];
  for (const [what, value, text] of printed) {
    test(what, () => assert.equal(printable(value), text));
  }

  test("twice the same, if it holds one thing twice", () => {
    const shared = { a: 1 };
    assert.equal(printable([shared, shared]), '[{"a":1},{"a":1}]');
  });

  test("up to a number of parts, and says that there are more", () => {
    const list: unknown[] = JSON.parse(printable(Array.from({ length: 2000 }, () => 7)));
    assert.deepEqual([list.length, list[998], list[999]], [1000, 7, "(more)"]);
    const object = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`k${at}`, at]));
    const entries = Object.entries(JSON.parse(printable(object)));
    assert.equal(entries.length, 1000);
    assert.deepEqual(entries.slice(998), [["k998", 998], ["(more)", "(more)"]]);
    const few = Array.from({ length: 999 }, () => 7);
    assert.equal(printable(few), JSON.stringify(few));
  });

  test("up to a length, and says how much is left out", () => {
    const longest = "x".repeat(MAX_TEXT);
    assert.equal(printable(longest), longest);
    assert.equal(printable(`${longest}yz`), `${longest}... (2 more)`);
    assert.match(printable([`${longest}yz`]), /more\)$/);
  });
});
