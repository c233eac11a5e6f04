// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import graphql from "./graphql-depth.ts";

async function ask(query: unknown, config: Record<string, unknown> = { depth: 3, fields: 10 }) {
  await using gateway = await testPlugin(graphql, { config });
  const { response, upstream } = await gateway.request({ method: "POST", body: { query } });
  const { errors } = response.status === 400
    ? response.json() as { errors: { message: string }[] }
    : { errors: [] };
  return { status: response.status, said: errors[0]?.message, reached: upstream !== undefined };
}

describe("graphql-depth", () => {
  const GOOD = [
    "{ me { name } }",
    "{ a { b { c } } }",
    "query Q($id: ID!) { user(id: $id) { ... on User { name } } }",
    "{ me { ...Parts } } fragment Parts on User { name { first } }",
    'mutation { rename(name: "{{{{{{") { id } }',
  ];
  for (const query of GOOD) {
    test(`lets through ${query}`, async () => {
      assert.deepEqual(await ask(query), { status: 200, said: undefined, reached: true });
    });
  }

  const BAD: readonly (readonly [query: unknown, said: RegExp])[] = [
    ["{ a { b { c { d } } } }", /nested deeper than 3/],
    ["{ a { ...B } } fragment B on X { b { ...C } } fragment C on X { c { d } }", /deeper than 3/],
    ["{ a { ... on X { b { c { d } } } } }", /deeper than 3/],
    ["{ a b c d e f g h i j k }", /more than 10 fields/],
    ["{ ...F ...F ...F } fragment F on X { a b c d }", /more than 10 fields/],
    ["{ ...F } fragment F on X { ...F }", /F is within itself/],
    ["{ a { b ", /Syntax Error/],
    ["", /Syntax Error/],
    [undefined, /no query/],
    [42, /no query/],
  ];
  for (const [query, said] of BAD) {
    test(`turns away ${query}`, async () => {
      const answer = await ask(query);
      assert.deepEqual([answer.status, answer.reached], [400, false]);
      assert.match(answer.said ?? "", said);
    });
  }

  test("shows the schema unless it is told not to", async () => {
    const query = "{ __schema { types { name } } }";
    assert.equal((await ask(query)).status, 200);
    const hidden = await ask(query, { introspection: false });
    assert.deepEqual([hidden.status, hidden.reached], [400, false]);
  });
});
