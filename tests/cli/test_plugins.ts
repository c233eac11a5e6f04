// A plugin with its tests, for tests of gibbon test.

export const PLUGIN = `import { definePlugin } from "gibbon";
import * as v from "valibot";
interface Drink { readonly name: string }
export default definePlugin({
  config: v.object({ drink: v.string() }),
  access(kong, { drink: name }) {
    const drink: Drink = { name };
    kong.response.exit(418, drink.name);
  },
});
`;

export const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "gibbon/testing";
import plugin from "./teapot.ts";

test("pours tea", async () => {
  await using gateway = await testPlugin(plugin, { config: { drink: "tea" } });
  const { response } = await gateway.request("/");
  assert.equal(response.text, "tea");
});

test("loads from its file", async () => {
  const file = new URL("./teapot.ts", import.meta.url);
  await using gateway = await testPlugin(file, { config: { drink: "milk" } });
  assert.deepEqual(gateway.plugins, ["teapot"]);
  assert.equal((await gateway.request("/")).response.text, "milk");
});
`;

/** The line of the assertion that fails is 9. */
export const FAILING = `import assert from "node:assert/strict";
import { describe, test } from "node:test";

interface Sum { readonly of: number }

describe("arithmetic", () => {
  test("goes wrong", () => {
    const sum: Sum = { of: 3 };
    assert.equal(sum.of, 4);
  });
});
`;
