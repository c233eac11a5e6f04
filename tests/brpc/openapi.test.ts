// The OpenAPI description beside the API itself: each answer that one knows, the other one knows too.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPENAPI } from "../../src/brpc/hub/http/openapi.ts";
import { type Answered, EventReader } from "./http_client.ts";
import { type ApiRun, withApi } from "./http_support.ts";
import { until } from "./support.ts";

/** As much of a JSON schema as the description uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { content?: Readonly<Record<string, { schema: Schema }>> }>
  >;
}

const OPERATIONS = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
  Object.entries(methods as object).flatMap(([method, operation]) =>
    method === "parameters" ? [] : [{ path, method, operation: operation as Operation }]
  )
);

function check(given: Schema, value: unknown, where: string): void {
  const name = given.$ref?.split("/").at(-1) as keyof typeof OPENAPI.components.schemas;
  const schema = given.$ref ? OPENAPI.components.schemas[name] as Schema : given;
  if (schema.type === undefined) return;
  assert.equal(Array.isArray(value) ? "array" : typeof value, schema.type, where);
  if (Array.isArray(value)) {
    for (const item of value) check(schema.items ?? {}, item, `${where}[]`);
  } else if (schema.type === "object") {
    const members = value as Record<string, unknown>;
    for (const key of schema.required ?? []) assert.ok(key in members, `${where}.${key}`);
    for (const [key, member] of Object.entries(members)) {
      const known = schema.properties?.[key] ?? schema.additionalProperties;
      const isOpen = schema.properties === undefined && schema.additionalProperties === undefined;
      assert.ok(known ?? isOpen, `${where}.${key} is not described`);
      check(known ?? {}, member, `${where}.${key}`);
    }
  }
}

/** What makes each operation answer with each status; `Host` alone makes a 403 of all of them. */
type Ask = (run: ApiRun) => Promise<Answered>;
const CASES: Readonly<Record<string, Ask>> = {
  "listPlugins 200": ({ ask }) => ask("/plugins"),
  "listPlugins 400": ({ ask }) => ask("/plugins?full=1"),
  "getPlugin 400": ({ ask }) => ask("/plugins/sample?full=1"),
  "unplug 400": ({ ask }) =>
    ask("/plugins/sample", { method: "DELETE", headers: { "x-trace-id": "x".repeat(1025) } }),
  "async 400": ({ ask }) => ask("/async?from=0"),
  "describe 400": ({ ask }) => ask("/openapi.json?timeout=1"),
  "getPlugin 200": ({ ask }) => ask("/plugins/sample"),
  "getPlugin 404": ({ ask }) => ask("/plugins/nobody"),
  "unplug 204": ({ ask }) => ask("/plugins/sample", { method: "DELETE" }),
  "unplug 404": ({ ask }) => ask("/plugins/nobody", { method: "DELETE" }),
  "call 200": ({ post }) => post("/plugins/sample/call/echo", "1"),
  "call 204": ({ post }) => post("/plugins/sample/call/nothing"),
  "call 400": ({ post }) => post("/plugins/sample/call/echo", "{"),
  "call 404": ({ post }) => post("/plugins/sample/call/none"),
  "call 413": ({ post }) => post("/plugins/sample/call/echo", " ".repeat(2000)),
  "call 502": ({ post }) => post("/plugins/sample/call/fail"),
  "call 503": async ({ post }) => {
    const first = post("/plugins/sample/call/wait?timeout=20").catch(() => {});
    for (;;) {
      const answer = await post("/plugins/sample/call/nothing");
      if (answer.status === 503) return answer;
      await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 1))]);
    }
  },
  "call 504": ({ post }) => post("/plugins/sample/call/wait?timeout=0.01"),
  "broadcast 200": ({ post }) => post("/broadcast/echo", "1"),
  "broadcast 400": ({ post }) => post("/broadcast/echo?timeout=-1"),
  "broadcast 413": ({ post }) => post("/broadcast/echo", " ".repeat(2000)),
  "async 503": async ({ api, ask }) => {
    const readers = Array.from({ length: 64 }, () => new EventReader(api.url));
    await until(() => readers.every(({ status }) => status === 200));
    const answer = await ask("/async");
    for (const reader of readers) reader.leave();
    return answer;
  },
  "describe 200": ({ ask }) => ask("/openapi.json"),
};

describe("the OpenAPI description", () => {
  for (const { path, method, operation } of OPERATIONS) {
    const { operationId, responses } = operation;
    for (const [status, { content }] of Object.entries(responses)) {
      const asked = path.replace("{plugin}", "sample").replace("{method}", "echo");
      const hostile: Ask = ({ ask }) =>
        ask(asked, {
          method: method.toUpperCase(),
          headers: status === "403" ? { host: "evil.example" } : {},
        });
      const provoke = status === "401" || status === "403"
        ? hostile
        : CASES[`${operationId} ${status}`];
      // Its events are no answer that ends.
      if (`${operationId} ${status}` === "async 200") continue;
      test(`says what ${operationId} gives with ${status}`, async () => {
        assert.ok(provoke, "nothing here makes it answer so");
        await withApi(
          async (run) => {
            const answer = await provoke(run);
            assert.equal(answer.status, Number(status), answer.text);
            const schema = content?.["application/json"]?.schema;
            if (schema) check(schema, answer.value, `${operationId} ${status}`);
            else assert.equal(answer.text, "");
          },
          { calls: 1 },
          1000,
          status === "401" ? "a-token-that-nobody-shows" : undefined,
        );
      });
    }
  }

  test("knows all that is tried here", () => {
    const known = OPERATIONS.flatMap(({ operation: { operationId, responses } }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`)
    );
    assert.deepEqual(Object.keys(CASES).filter((name) => !known.includes(name)), []);
  });

  test("has a schema for each that it refers to", () => {
    const names = [...JSON.stringify(OPENAPI).matchAll(/#\/components\/schemas\/(\w+)/g)];
    assert.ok(names.length > 10);
    for (const [, name = ""] of names) assert.ok(name in OPENAPI.components.schemas, name);
  });
});
