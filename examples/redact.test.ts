// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onBothProtocols, testPlugin } from "gibbon/testing";
import redact from "./redact.ts";

describe("redact", () => {
  test("takes fields out of JSON, however deep", async () => {
    await onBothProtocols(async (protocol) => {
      await using gateway = await testPlugin(redact, { protocol });
      const { response } = await gateway.request({
        upstream: {
          status: 203,
          headers: { "content-type": "application/json; charset=utf-8" },
          body: { a: [{ password: { b: 1 } }], secret: "s", empty: [] },
        },
      });
      assert.equal(response.status, 203);
      assert.deepEqual(response.json(), { a: [{ password: "***" }], secret: "***", empty: [] });
    });
  });

  test("takes the fields that it is told to", async () => {
    const config = { fields: ["card"], replacement: "-" };
    await using gateway = await testPlugin(redact, { config });
    const { response } = await gateway.request({ upstream: { body: { card: 1, secret: 2 } } });
    assert.deepEqual(response.json(), { card: "-", secret: 2 });
  });

  test("leaves everything else alone", async () => {
    await using gateway = await testPlugin(redact);
    const bodies = [
      ["text/html", '{"secret":1}'],
      ["application/json", "{"],
      ["application/json", "null"],
      ["application/json", '{ "name": "gibbon" }'],
    ] as const;
    for (const [type, body] of bodies) {
      const upstream = { headers: { "content-type": type }, body };
      assert.equal((await gateway.request({ upstream })).response.text, body);
    }
  });
});
