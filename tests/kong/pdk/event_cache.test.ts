// What an event asks the gateway only once, and when it asks again.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import type { Event } from "../../../src/kong/engine/event.ts";
import { RequestEnded } from "../../../src/kong/engine/turn.ts";
import { fromWire } from "../../../src/kong/emulator/lua/values.ts";
import type { PdkEvent } from "../../../src/kong/pdk/caller.ts";
import { ASKED_ONCE, CHANGES, copyOf } from "../../../src/kong/pdk/event_cache.ts";
import { PDK_FUNCTIONS } from "../../../src/kong/pdk/functions.ts";
import { createKongJs } from "../../../src/kong/pdk/kong_js.ts";
import { createKong, type Kong } from "../../../src/kong/pdk/kong.ts";
import { actedKong } from "../support/acted_kong.ts";
import { startEvent } from "../support/events.ts";
import { camelCase, functionAt, recordingEvent } from "../support/pdk.ts";
import { SAMPLES } from "../support/pdk_samples.ts";

const HEADERS = {
  "host": ["h.test"],
  "x-one": ["1"],
  "x-two": ["a", "b"],
  "x-odd": [],
};

/** A gateway with these headers; `kong` and the names of the methods that it was asked for. */
function withHeaders(headers: Record<string, string[]> = HEADERS) {
  const event = recordingEvent("access", (method, args) => {
    if (method === "kong.request.get_headers") return structuredClone(headers);
    return method === "kong.request.get_header" ? `asked for ${args[0]}` : undefined;
  });
  const asked = () => event.asked.map(({ method }) => method.replace("kong.", ""));
  return { kong: createKong(event), event, asked };
}

const pathOf = (name: string) => name.split(".").map(camelCase).join(".");

describe("within one event", () => {
  for (const name of Object.keys(PDK_FUNCTIONS)) {
    const once = Object.hasOwn(ASKED_ONCE, name);
    if (PDK_FUNCTIONS[name as "kong.log"].options?.final) continue;
    test(`${pathOf(name)} is asked ${once ? "once" : "each time"}`, async () => {
      const { phase, args } = SAMPLES[name]!;
      const event = recordingEvent(phase, () => '"an answer"');
      const kong = createKong(event);
      for (let time = 0; time < 3; time++) await functionAt(kong, pathOf(name))(...args);
      assert.equal(event.asked.length, once ? 1 : 3);
    });
  }

  test("other arguments are another question", async () => {
    const event = recordingEvent("access", (_, args) => args[0]);
    const { request } = createKong(event);
    assert.equal(await request.getQueryArg("a"), "a");
    assert.equal(await request.getQueryArg("b"), "b");
    assert.equal(await request.getQueryArg("a"), "a");
    await request.getQuery();
    await request.getQuery(5);
    await request.getQuery(5);
    assert.deepEqual(event.asked.map(({ args }) => args), [["a"], ["b"], [], [5]]);
  });

  test("calls at the same time share one question", async () => {
    const { turn, event, answer } = startEvent(async (gateway: Event) => {
      const { request, log } = createKong(gateway);
      const all = [request.getMethod(), request.getMethod(), request.getMethod()];
      log.notice((await Promise.all(all)).join());
    });
    assert.equal((await turn() as { method: string }).method, "kong.request.get_method");
    const next = await answer(event, "PUT");
    assert.deepEqual(next, { kind: "call", method: "kong.log.notice", args: ["PUT,PUT,PUT"] });
    assert.deepEqual(await answer(event, undefined), { kind: "return" });
  });

  test("no more answers are kept than there is room for", async () => {
    const event = recordingEvent("access", (_, args) => args[0]);
    const { request } = createKong(event);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 100; i++) assert.equal(await request.getQueryArg(`${i}`), `${i}`);
    }
    assert.equal(event.asked.length, 200 - 64);
  });

  test("a question that failed is asked again", async () => {
    let times = 0;
    const event = recordingEvent("access", () => {
      if (++times < 2) throw new GibbonError("PDK_FAILED", "not now");
      return "10.0.0.1";
    });
    const { client } = createKong(event);
    await assert.rejects(client.getIp(), { code: "PDK_FAILED" });
    assert.equal(await client.getIp(), "10.0.0.1");
    assert.equal(await client.getIp(), "10.0.0.1");
    assert.equal(times, 2);
  });

  test("nothing is answered once the request has ended", async () => {
    const { turn, event, answer } = startEvent(async (gateway: Event) => {
      const kong = createKong(gateway);
      await kong.request.getMethod();
      try {
        kong.response.exit(403);
      } catch {
        assert.throws(() => kong.request.getMethod(), RequestEnded);
      }
    });
    await turn();
    const last = await answer(event, "GET");
    assert.deepEqual(last, { kind: "last-call", method: "kong.response.exit", args: [403] });
  });

  test("nothing is answered once the handler has returned", async () => {
    const later = Promise.withResolvers<unknown>();
    const { turn, event, answer } = startEvent(async (gateway: Event) => {
      const kong = createKong(gateway);
      await kong.request.getMethod();
      setTimeout(() => kong.request.getMethod().then(later.resolve, later.resolve), 20);
    });
    await turn();
    assert.deepEqual(await answer(event, "GET"), { kind: "return" });
    const { code } = await later.promise as GibbonError;
    assert.equal(code, "EVENT_ENDED");
  });

  test("each call gets a table of its own", async () => {
    const { kong, asked } = withHeaders();
    const first = await kong.request.getHeaders(100);
    first.host!.push("changed");
    delete first["x-one"];
    first["x-new"] = ["new"];
    assert.deepEqual(await kong.request.getHeaders(100), HEADERS);
    assert.equal(await kong.request.getHeader("x-new"), undefined);
    assert.deepEqual(asked(), ["request.get_headers"]);
  });

  test("every table is asked for where a plugin says cache: false", async () => {
    const event = recordingEvent("access", () => "GET");
    const uncached: PdkEvent = { ...event, instance: { plugin: { name: "x", cache: false } } };
    const { request } = createKong(uncached);
    await request.getMethod();
    await request.getMethod();
    await request.getHeaders();
    await request.getHeader("host");
    assert.equal(event.asked.length, 4);
  });

  test("plugins for Kong's JavaScript server ask each time", async () => {
    const event = recordingEvent("access", () => "GET");
    const getMethod = functionAt(createKongJs(event), "kong.request.getMethod");
    await getMethod();
    await getMethod();
    assert.equal(event.asked.length, 2);
  });
});

test("another event asks for itself", async () => {
  const events = [recordingEvent("access", () => "a"), recordingEvent("access", () => "b")];
  const answers = events.map((event) => createKong(event).request.getHost());
  assert.deepEqual(await Promise.all(answers), ["a", "b"]);
});

describe("a header map that is here", () => {
  test("answers for headers, whatever their case", async () => {
    const { kong: { request }, asked } = withHeaders();
    await request.getHeaders(100);
    assert.equal(await request.getHeader("host"), "h.test");
    assert.equal(await request.getHeader("X-One"), "1");
    assert.equal(await request.getHeader("x-none"), undefined);
    assert.equal(await request.getHeader("constructor"), undefined);
    assert.deepEqual(asked(), ["request.get_headers"]);
  });

  test("leaves to Kong what only Kong knows: repeated, odd and underscored names", async () => {
    const { kong: { request }, asked } = withHeaders();
    await request.getHeaders();
    for (const name of ["x-two", "x-odd", "x_one"]) {
      assert.equal(await request.getHeader(name), `asked for ${name}`);
    }
    assert.equal(asked().length, 4);
  });

  test("answers for no name where one in it has an underscore", async () => {
    const { kong: { request } } = withHeaders({ "x_one": ["1"], "x-one": ["2"] });
    await request.getHeaders();
    assert.equal(await request.getHeader("x-one"), "asked for x-one");
  });

  test("that may be cut off answers only for what it has", async () => {
    const lines = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, ["1"]]));
    const cases: [count: number, max: number | undefined, complete: boolean][] = [
      // An operator may have set any other number than 100.
      [1, undefined, false],
      [99, 100, true],
      [100, 100, false],
      [100, 101, true],
      [7, 7, false],
    ];
    for (const [count, max, complete] of cases) {
      const { kong: { request }, asked } = withHeaders(lines(count));
      await request.getHeaders(max);
      assert.equal(await request.getHeader("x-0"), "1");
      assert.equal(asked().length, 1);
      assert.equal(await request.getHeader("host"), complete ? undefined : "asked for host");
    }
  });

  test("counts repeated headers towards the maximum", async () => {
    const { kong: { request } } = withHeaders({ "x-a": Array(100).fill("1") });
    await request.getHeaders(100);
    assert.equal(await request.getHeader("host"), "asked for host");
  });

  test("that is still on its way answers nothing", async () => {
    const { kong: { request }, asked } = withHeaders();
    await Promise.all([request.getHeaders(), request.getHeader("host")]);
    assert.deepEqual(asked(), ["request.get_headers", "request.get_header"]);
  });

  test("that was out of date when it came answers nothing", async () => {
    const { kong, asked } = withHeaders();
    const headers = kong.request.getHeaders();
    kong.service.request.setHeader("host", "other");
    await headers;
    assert.equal(await kong.request.getHeader("host"), "asked for host");
    assert.equal(asked().length, 3);
  });
});

describe("after a change that the event makes itself", () => {
  /** Everything that is kept and can be compared, asked in one go. */
  const QUESTIONS: ((kong: Kong) => Promise<unknown>)[] = Object.keys(ASKED_ONCE)
    .filter((name) => SAMPLES[name]!.phase === undefined && !/get_header|start_time/.test(name))
    .map((name) => async (kong) => await functionAt(kong, pathOf(name))(...SAMPLES[name]!.args));
  const HEADER_NAMES = ["host", "x-a", "X_A", "content-length", "x-forwarded-proto", "x-none"];
  for (const name of HEADER_NAMES) QUESTIONS.push((kong) => kong.request.getHeader(name));
  QUESTIONS.push((kong) => kong.request.getHeaders(), (kong) => kong.request.getQueryArg("a"));
  for (const name of HEADER_NAMES) QUESTIONS.push((kong) => kong.request.getHeader(name));

  const STEPS: Record<string, (kong: Kong) => Promise<unknown>> = {
    authenticate: ({ client }) =>
      client.authenticate({ id: "f8b2d6f4-0000-4000-8000-000000000001", username: "u" }),
    setCtx: ({ nginx }) => nginx.setCtx("k", "v"),
    setMethod: ({ service }) => service.request.setMethod("PATCH"),
    setRawQuery: ({ service }) => service.request.setRawQuery("a=9"),
    setQuery: ({ service }) => service.request.setQuery({ a: "8" }),
    clearQueryArg: ({ service }) => service.request.clearQueryArg("a"),
    setHeader: ({ service }) => service.request.setHeader("Host", "set.test:81"),
    addHeader: ({ service }) => service.request.addHeader("X-A", "more"),
    clearHeader: ({ service }) => service.request.clearHeader("x-a"),
    setHeaders: ({ service }) => service.request.setHeaders({ "X-Forwarded-Proto": "https" }),
    setRawBody: ({ service }) => service.request.setRawBody("body"),
    setBody: ({ service }) => service.request.setBody({ a: 1 }, "application/json"),
    // These change nothing that the event could have kept.
    setScheme: ({ service }) => service.request.setScheme("https"),
    setPath: ({ service }) => service.request.setPath("/other"),
    enableBuffering: ({ service }) => service.request.enableBuffering(),
    setTarget: ({ service }) => service.setTarget("other.test", 81),
    responseHeader: ({ response }) => response.setHeader("x-a", "response"),
    shared: ({ ctx }) => ctx.shared.set("k", "v"),
  };

  function actedEvent(cache: boolean): PdkEvent & { readonly asked: readonly unknown[] } {
    const { call } = actedKong({
      method: "POST",
      target: "/p/q?a=1&b",
      headers: [["Host", "h.test"], ["X-A", "1"]],
    }, { trustedIps: ["127.0.0.1"] });
    const event = recordingEvent(
      "access",
      async (method, args) =>
        fromLua(await call(method.slice("kong.".length), ...args.map(fromWire))),
    );
    return { ...event, instance: { plugin: { name: "x", cache } } };
  }

  for (const [name, step] of Object.entries(STEPS)) {
    test(`${name}: the answers are those of a plugin that always asks`, async () => {
      const [cached, asking] = [actedEvent(true), actedEvent(false)];
      const seen = [];
      for (const kong of [createKong(cached), createKong(asking)]) {
        const answers: unknown[] = [];
        for (const change of [() => Promise.resolve(undefined), step, step]) {
          await change(kong);
          for (const ask of QUESTIONS) answers.push(await ask(kong).catch(String));
        }
        seen.push(answers);
      }
      assert.deepEqual(seen[0], seen[1]);
      assert.ok(cached.asked.length < asking.asked.length);
    });
  }

  test("every change that the table names is among these", () => {
    const methods = Object.keys(STEPS).map((name) => name.toLowerCase());
    for (const name of Object.keys(CHANGES)) {
      assert.ok(methods.includes(camelCase(name.split(".").at(-1)!).toLowerCase()), name);
    }
  });
});

test("a copy of a table has all names, and none of its parts are shared", () => {
  const table = { a: [{ b: "c" }], ...JSON.parse('{"__proto__": ["x"]}') };
  Object.defineProperty(table, "__proto__", { value: ["x"], enumerable: true });
  const copy = copyOf(table);
  assert.deepEqual(copy, table);
  assert.deepEqual(Object.keys(copy), ["a", "__proto__"]);
  assert.notEqual(copy.a, table.a);
  assert.notEqual(copy.a[0], table.a[0]);
});

/** A Lua value as the wire gives it: tables as objects, text as strings. */
function fromLua(value: unknown): unknown {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(fromLua);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), fromLua(item)]));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromLua(item)]));
}
