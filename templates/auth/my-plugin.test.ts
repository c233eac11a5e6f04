import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import plugin from "./my-plugin.ts";

const config = { keys: { "open-sesame": "ali" } };

describe("my-plugin", () => {
  test("lets in who has a key, and keeps the key from the service", async () => {
    await using gateway = await testPlugin(plugin, { config });
    const { response, upstream } = await gateway.request({
      headers: { "x-api-key": "open-sesame", "x-authenticated-as": "somebody else" },
    });
    assert.equal(response.status, 200);
    assert.equal(upstream?.headers.get("x-authenticated-as"), "ali");
    assert.equal(upstream?.headers.has("x-api-key"), false);
  });

  test("lets in nobody else", async () => {
    await using gateway = await testPlugin(plugin, { config });
    const none = await gateway.request("/");
    assert.deepEqual([none.response.status, none.upstream], [401, undefined]);
    const wrong = await gateway.request({ headers: { "x-api-key": "guess" } });
    assert.deepEqual([wrong.response.status, wrong.upstream], [403, undefined]);
  });

  test("lets in nobody where Kong does not say which key was sent", async () => {
    await using gateway = await testPlugin(plugin, { config });
    const { response, upstream } = await gateway.request({
      headers: { "x-api-key": "open-sesame" },
      pdk: { "kong.request.getHeader": { fails: "no memory" } },
    });
    assert.deepEqual([response.status, upstream], [500, undefined]);
  });
});
