// Arguments of any class: what Kong gets is what JSON.stringify takes of them, over both protocols.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { createKong } from "../../../src/kong/pdk/kong.ts";
import { toSendable } from "../../../src/kong/pdk/sendable.ts";
import { definePlugin } from "gibbon";
import { KONG_PROTOCOLS, testPlugin } from "gibbon/testing";
import { recordingEvent } from "../support/pdk.ts";

/** A class as authors write them for what they send. */
class User {
  readonly #secret = "s";
  name = "ada";
  tags = ["a"];
  nothing = undefined;
  greet = () => this.#secret;
  get upper() {
    return this.name.toUpperCase();
  }
  method() {}
}

/** What axios gives for headers: names are own properties, what it needs itself is hidden. */
class AxiosHeaders {
  [name: string]: unknown;
  constructor(headers: Record<string, string>) {
    Object.assign(this, headers);
    Object.defineProperty(this, "hidden", { value: () => 1, enumerable: false });
  }
  toJSON() {
    return { ...this };
  }
}

/** What graphql gives for errors: its message is hidden, its toJSON says it. */
class GraphQLError extends Error {
  readonly path = ["user", 0];
  readonly extensions = {};
  toJSON() {
    return { message: this.message, path: this.path };
  }
}

class Named {
  readonly first = 1;
  constructor() {
    Object.defineProperty(this, "hidden", { value: 2, enumerable: false });
  }
}
class Derived extends Named {
  second = 2;
}

describe("an object of a class is sent as JSON.stringify sees it", () => {
  const CASES: Readonly<Record<string, unknown>> = {
    "own properties": new User(),
    "of what it is derived from": new Derived(),
    "in lists and objects": { users: [new User(), { one: new Derived() }] },
    "toJSON": new GraphQLError("no such user"),
    "toJSON at any depth": { errors: [new GraphQLError("x")], at: { when: new Date(0) } },
    "toJSON with its key": { a: { toJSON: (key: string) => `as ${key}` } },
    "toJSON that gives an object of a class": { toJSON: () => new User() },
    "a Date and a URL": [new Date(1e12), new URL("http://x/y?z")],
    "values in boxes": { n: Object(1), s: Object("x"), b: Object(false) },
    "an error without more": { error: Object.assign(new Error("x"), { status: 418 }) },
    "functions and symbols": { f() {}, s: Symbol("s"), list: [() => 1, Symbol("s"), 1] },
    "nothing in a class": { empty: new (class Empty {})() },
    "a null prototype": Object.assign(Object.create(null), { a: 1, b: new User() }),
    "what the Object of another realm made": Object.setPrototypeOf({ a: 1 }, Object.create(null)),
    "__proto__ as a name": JSON.parse('{ "__proto__": { "a": 1 }, "b": 2 }'),
  };
  for (const [what, value] of Object.entries(CASES)) {
    test(what, () => {
      assert.deepEqual(
        JSON.parse(JSON.stringify(toSendable(value))),
        JSON.parse(JSON.stringify(value)),
      );
    });
  }

  test("and what JSON has no room for stays what it is", () => {
    const bytes = Buffer.from("x");
    const value = { bytes, view: new Uint8Array(1), big: 2n ** 63n, nil: null, no: undefined };
    assert.equal(toSendable(value), value);
    const made = toSendable(Object.assign(new User(), value)) as typeof value;
    assert.equal(made.bytes, bytes);
    assert.equal(made.big, 2n ** 63n);
  });

  test("and headers and search parameters have their names on every runtime", () => {
    const headers = new Headers([["X-One", "1"], ["set-cookie", "a"], ["set-cookie", "b"]]);
    const params = new URLSearchParams("b=2&a=1&b=3");
    assert.deepEqual(toSendable({ headers, params }), {
      headers: { "x-one": "1", "set-cookie": ["a", "b"] },
      params: { b: ["2", "3"], a: "1" },
    });
  });

  test("and plain values are not copied", () => {
    const value = { a: [1, { b: "c" }], d: null };
    assert.equal(toSendable(value), value);
    const shared = { plain: value, user: new User() };
    assert.equal((toSendable(shared) as typeof shared).plain, value);
    assert.ok(shared.user instanceof User, "what was given is left as it was");
  });
});

describe("what cannot be sent is told with its place", () => {
  const bomb: unknown[] = [];
  for (let level = 0, at = bomb; level < 30; level++) {
    const next: unknown[] = [];
    at.push(next, next);
    at = next;
  }
  const CASES: readonly (readonly [what: string, value: unknown, said: RegExp])[] = [
    [
      "an object within itself",
      (() => {
        const user = Object.assign(new User(), { friends: [] as unknown[] });
        user.friends.push(user);
        return { user };
      })(),
      /^an object within itself at \.user\.friends\.0$/,
    ],
    ["a getter that throws", {
      get a(): never {
        throw new Error("trap");
      },
    }, /^something that cannot be read \(trap\) at \.a$/],
    ["a toJSON that throws", {
      b: {
        toJSON() {
          throw new Error("no");
        },
      },
    }, /^something that cannot be read \(no\) at \.b\.toJSON\(\)$/],
    ["a proxy that throws", {
      p: new Proxy({}, {
        ownKeys() {
          throw new Error("trap");
        },
      }),
    }, /cannot be read \(trap\) at \.p$/],
    ["a toJSON without an end", {
      toJSON: function again(): unknown {
        return { toJSON: again };
      },
    }, /nested deeper than 32 levels|within itself/],
    ["more values than there is room for", bomb, /^more than 1000000 values$/],
    ["a Map", { a: new Map() }, /^a value of class Map \(Object\.fromEntries\(map\)\) at \.a$/],
    ["a class of what can be iterated", {
      a: new (class Bag {
        *[Symbol.iterator]() {}
      })(),
    }, /^a value of class Bag at \.a$/],
    ["a FormData", [new FormData()], /^a value of class FormData \(Object\.fromEntries/],
    ["a Promise", { a: Promise.resolve() }, /^a Promise \(await it first\) at \.a$/],
    ["NaN", { a: [Number.NaN] }, /^NaN at \.a\.0$/],
    ["a boxed NaN", { a: Object(Number.NaN) }, /^NaN at \.a$/],
  ];
  for (const [what, value, said] of CASES) {
    test(what, () => {
      assert.throws(() => toSendable(value), { name: "Unsendable", message: said });
    });
  }

  test("to the plugin, with what to do, and nothing is sent", async () => {
    const event = recordingEvent("access");
    await assert.rejects(createKong(event).ctx.shared.set("k", new Map()), {
      code: "PDK_ARGUMENT",
      message: /v cannot be sent to the gateway: there is a value of class Map \(Object\.from/,
      remedy: /Nothing was sent\. .*plugins\.md#arguments/,
    });
    assert.deepEqual(event.asked, []);
  });
});

for (const protocol of KONG_PROTOCOLS) {
  test(`over ${protocol} headers and bodies of classes arrive`, async () => {
    const plugin = definePlugin({
      async access(kong) {
        const headers = new AxiosHeaders({ "x-one": "1", "x-two": "2" });
        await kong.service.request.setHeaders(headers as unknown as Record<string, string>);
        await kong.response.setHeaders(headers as unknown as Record<string, string>);
        await kong.ctx.shared.set("user", new Derived());
        kong.response.exit(
          422,
          { errors: [new GraphQLError("no")], user: new Derived(), at: new Date(0) },
          new AxiosHeaders({ "x-three": "3" }) as unknown as Record<string, string>,
        );
      },
    });
    await using gateway = await testPlugin(plugin, { protocol });
    const { response, failure, shared } = await gateway.request("/");
    assert.equal(failure, undefined);
    assert.equal(response.status, 422);
    assert.deepEqual(response.json(), {
      errors: [{ message: "no", path: ["user", 0] }],
      user: { first: 1, second: 2 },
      at: "1970-01-01T00:00:00.000Z",
    });
    assert.equal(response.headers.get("x-three"), "3");
    assert.deepEqual(shared, { user: { first: 1, second: 2 } });
  });
}
