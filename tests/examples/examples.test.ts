// The example plugins do what their first lines say.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import type * as v from "valibot";
import type { PdkCallOptions } from "../../src/kong/engine/turn.ts";
import { RequestEnded } from "../../src/kong/engine/turn.ts";
import type { Phase } from "../../src/kong/engine/phases.ts";
import type { SchemaField } from "../../src/kong/engine/plugin.ts";
import { isDefinition } from "../../src/kong/pdk/definition.ts";
import { configParser, fillDefaults, toKongSchema } from "../../src/kong/schema/schema.ts";
import { createKong } from "../../src/kong/pdk/kong.ts";
import { createKongJs } from "../../src/kong/pdk/kong_js.ts";

const FOLDER = new URL("../../examples/", import.meta.url);
const settings = JSON.parse(await readFile(new URL("gibbon.dev.json", FOLDER), "utf8")).plugins;

type Handler = (kong: unknown, config: unknown, state: unknown) => Promise<unknown>;
interface Parts extends Partial<Record<Phase, Handler>> {
  readonly config: v.GenericSchema;
  init?(config: unknown): unknown;
  close?(state: unknown): unknown;
}

/** One PDK call: the method without `kong.`, and its arguments. */
type Call = readonly [method: string, ...args: unknown[]];
type Answers = Readonly<Record<string, unknown>>;

/** The part of an event that the PDK needs, with a gateway that gives the same answers each time. */
function fakeEvent(name: string, phase: Phase, answers: Answers) {
  const calls: Call[] = [];
  const call = (method: string, args: readonly unknown[], options: PdkCallOptions = {}) => {
    const short = method.replace("kong.", "");
    calls.push([short, ...args]);
    if (options.final) throw new RequestEnded(method);
    const given = answers[short];
    return Promise.resolve(typeof given === "function" ? given(...args) : given);
  };
  const instance = { plugin: { name } };
  const refuse = (error: Error) => Promise.reject(error);
  return { calls, event: { call, refuse, phase, signal: new AbortController().signal, instance } };
}

/** An instance of an example, with its configuration of gibbon.dev.json or another one. */
async function start(name: string, given: Record<string, unknown> = settings[name]?.config ?? {}) {
  const module = await import(new URL(`${name}.ts`, FOLDER).href);
  assert.ok(isDefinition(module.default));
  const parts = module.default as unknown as Parts;
  const config = configParser(parts.config)(fillDefaults(toKongSchema(parts.config), given));
  const state = await parts.init?.(config);
  const run = async (phase: Phase, answers: Answers): Promise<Call[]> => {
    const { calls, event } = fakeEvent(name, phase, answers);
    try {
      await parts[phase]?.(createKong(event), config, state);
    } catch (error) {
      if (!(error instanceof RequestEnded)) throw error;
    }
    return calls;
  };
  return { run, stop: () => parts.close?.(state) };
}

/** How a handler ended the request: status, body, headers. */
function exitOf(calls: readonly Call[]): readonly unknown[] | undefined {
  const last = calls.at(-1);
  return last?.[0] === "response.exit" ? last.slice(1) : undefined;
}

describe("The examples", () => {
  test("say at the top what to try", async () => {
    const files = (await readdir(FOLDER)).filter((file) => !file.endsWith(".json"));
    assert.ok(files.length >= 4);
    for (const file of files) {
      assert.match(await readFile(new URL(file, FOLDER), "utf8"), /^\/\/ .*\n\/\/\n\/\/ .*curl /s);
    }
  });

  test("have settings for plugins that are there, and no others", async () => {
    const names = (await readdir(FOLDER)).map((file) => file.replace(/\.\w+$/, ""));
    for (const name of Object.keys(settings)) assert.ok(names.includes(name), name);
  });
});

describe("key-guard", () => {
  test("tells who has no key how to send one", async () => {
    const { run } = await start("key-guard");
    const [status, body, headers] = exitOf(await run("access", {})) ?? [];
    assert.equal(status, 401);
    assert.match((body as { message: string }).message, /x-api-key/);
    assert.deepEqual(headers, { "www-authenticate": "Key" });
  });

  test("refuses keys that it does not know", async () => {
    const { run } = await start("key-guard");
    for (const given of ["", "open-sesamE", "open-sesame-street", true]) {
      const query = await run("access", { "request.get_query_arg": given });
      assert.equal(exitOf(query)?.[0], 401, String(given));
    }
    assert.equal(exitOf(await run("access", { "request.get_header": "wrong" }))?.[0], 401);
  });

  test("lets a key in, and keeps it from the service", async () => {
    const { run } = await start("key-guard");
    const inHeader = await run("access", { "request.get_header": "open-sesame" });
    assert.deepEqual(inHeader.at(-1), ["service.request.clear_header", "x-api-key"]);
    const inQuery = await run("access", {
      "request.get_query_arg": "open-sesame",
      "request.get_query": { apikey: ["open-sesame"], a: ["1"] },
    });
    assert.deepEqual(inQuery.at(-1), ["service.request.set_query", { a: ["1"] }]);
  });
});

describe("rate-limit", () => {
  test("counts down, then refuses", async () => {
    const { run, stop } = await start("rate-limit", { limit: 2, seconds: 1000 });
    const request = (ip: string) => run("access", { "client.get_forwarded_ip": ip });
    const left = async (ip: string) => {
      const [method, headers] = (await request(ip)).at(-1) ?? [];
      assert.equal(method, "response.set_headers");
      return (headers as Record<string, unknown>)["ratelimit-remaining"];
    };
    assert.deepEqual([await left("a"), await left("b"), await left("a")], [1, 1, 0]);
    const [status, , headers] = exitOf(await request("a")) ?? [];
    assert.equal(status, 429);
    assert.equal((headers as Record<string, unknown>)["ratelimit-remaining"], 0);
    assert.equal(await left("b"), 0);
    stop();
  });

  test("counts consumers where it is told to", async () => {
    const { run, stop } = await start("rate-limit", { limit: 1, by: "consumer" });
    const request = (id: string) =>
      run("access", { "client.get_consumer": { id }, "client.get_forwarded_ip": "same" });
    assert.equal(exitOf(await request("a")), undefined);
    assert.equal(exitOf(await request("b")), undefined);
    assert.equal(exitOf(await request("a"))?.[0], 429);
    stop();
  });
});

describe("request-id", () => {
  const idOf = (calls: readonly Call[]) =>
    calls.find(([method]) => method === "response.set_header")?.[2];

  test("gives the service and the client the same new id", async () => {
    const { run } = await start("request-id");
    const calls = await run("access", {});
    const toService = calls.find(([method]) => method === "service.request.set_header");
    assert.deepEqual(toService, ["service.request.set_header", "x-request-id", idOf(calls)]);
    assert.notEqual(idOf(calls), idOf(await run("access", {})));
  });

  test("keeps the client's id if it may", async () => {
    const given = { "request.get_header": "mine" };
    assert.equal(idOf(await (await start("request-id")).run("access", given)), "mine");
    const distrustful = await start("request-id", { trust: false });
    assert.notEqual(idOf(await distrustful.run("access", given)), "mine");
  });

  test("says how long the service took", async () => {
    const { run } = await start("request-id");
    const calls = await run("response", { "ctx.shared.get": Date.now() - 5 });
    assert.match(String(calls.at(-1)?.[2]), /^service;dur=\d+$/);
  });

  test("logs the id", async () => {
    const { run } = await start("request-id");
    const answers = { "ctx.shared.get": "mine", "response.get_status": 201 };
    const [method, ...message] = (await run("log", answers)).at(-1) ?? [];
    assert.equal(method, "log.notice");
    assert.equal(message.join(""), "request mine was answered with 201");
  });
});

describe("redact", () => {
  const answers = (type: string, body: string) => ({
    "service.response.get_header": type,
    "service.response.get_raw_body": new TextEncoder().encode(body),
    "response.get_status": 203,
  });

  test("takes fields out of JSON, however deep", async () => {
    const { run } = await start("redact");
    const body = JSON.stringify({ a: [{ password: { b: 1 } }], secret: "s", empty: [] });
    const calls = await run("response", answers("application/json; charset=utf-8", body));
    const [status, text] = exitOf(calls) ?? [];
    assert.equal(status, 203);
    assert.deepEqual(JSON.parse(text as string), {
      a: [{ password: "***" }],
      secret: "***",
      empty: [],
    });
  });

  test("leaves everything else alone", async () => {
    const { run } = await start("redact");
    assert.equal(exitOf(await run("response", answers("text/html", '{"secret":1}'))), undefined);
    for (const body of ["{", "null", '{ "name": "gibbon" }']) {
      assert.equal(exitOf(await run("response", answers("application/json", body))), undefined);
    }
  });
});

describe("greeting", () => {
  test("runs as it did on Kong's JavaScript server", async () => {
    const { default: module } = await import(new URL("greeting.cjs", FOLDER).href);
    const config = fillDefaults(module.Schema as SchemaField[], {});
    const plugin = new module.Plugin(config);
    const greet = async (name: unknown) => {
      const answers = { "request.get_query_arg": name, "request.get_host": "here" };
      const { calls, event } = fakeEvent("greeting", "access", answers);
      await plugin.access(createKongJs(event));
      return calls.filter(([method]) => method === "response.set_header");
    };
    assert.deepEqual(await greet("Ada"), [
      ["response.set_header", "x-greeting", "Hello, Ada! Welcome to here."],
      ["response.set_header", "x-greeted", 1],
    ]);
    assert.match(String((await greet(undefined))[0]?.[2]), /Hello, stranger!/);
  });
});
