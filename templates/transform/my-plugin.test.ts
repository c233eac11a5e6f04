import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import plugin from "./my-plugin.ts";

describe("my-plugin", () => {
  test("adds headers for the service, and takes others away from the client", async () => {
    await using gateway = await testPlugin(plugin, { config: { headers: { "x-env": "test" } } });
    const { response, upstream } = await gateway.request({
      upstream: { headers: { "x-powered-by": "steam", "x-kept": "yes" } },
    });
    assert.equal(upstream?.headers.get("x-env"), "test");
    assert.equal(response.headers.has("x-powered-by"), false);
    assert.equal(response.headers.get("x-kept"), "yes");
  });

  test("hides fields of JSON, and nothing in anything else", async () => {
    await using gateway = await testPlugin(plugin, { config: { hide: ["secret"] } });
    const user = { name: "ada", secret: 1, friends: [{ name: "bob", secret: 2 }] };
    const json = await gateway.request({ upstream: { status: 201, body: user } });
    assert.equal(json.response.status, 201);
    assert.deepEqual(json.response.json(), { name: "ada", friends: [{ name: "bob" }] });
    const text = '{ "secret": 1 }';
    for (const [type, body] of [["text/plain", text], ["application/json", `${text}...`]]) {
      const other = await gateway.request({
        upstream: { headers: { "content-type": type! }, body: body! },
      });
      assert.equal(other.response.text, body);
    }
  });
});
