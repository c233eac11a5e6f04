// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import guard from "./key-guard.ts";

const config = { keys: ["open-sesame", "öffne-dich"], help: "https://example.com/keys" };

describe("key-guard", () => {
  test("tells who has no key how to send one", async () => {
    await using gateway = await testPlugin(guard, { config });
    const { response, upstream } = await gateway.request();
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), "Key");
    const { message, help } = response.json() as { message: string; help: string };
    assert.match(message, /x-api-key/);
    assert.equal(help, config.help);
    assert.equal(upstream, undefined);
  });

  test("refuses keys that it does not know", async () => {
    await using gateway = await testPlugin(guard, { config });
    for (const apikey of ["", "open-sesamE", "open-sesame-street"]) {
      const { response } = await gateway.request({ query: { apikey } });
      assert.equal(response.status, 401, apikey);
    }
    assert.equal((await gateway.request("/?apikey")).response.status, 401);
    const headers = { "x-api-key": "wrong" };
    assert.equal((await gateway.request({ headers })).response.status, 401);
  });

  test("lets a key in, and keeps it from the service", async () => {
    await using gateway = await testPlugin(guard, { config });
    for (const key of config.keys) {
      const inHeader = await gateway.request({ headers: { "x-api-key": key } });
      assert.equal(inHeader.response.status, 200);
      assert.equal(inHeader.upstream?.headers.has("x-api-key"), false);
      const inQuery = await gateway.request({ path: "/?a=1", query: { apikey: key } });
      assert.deepEqual(inQuery.upstream?.query, { a: "1" });
    }
  });

  test("lets nobody in while Kong does not answer", async () => {
    await using gateway = await testPlugin(guard, { config });
    const { response, upstream } = await gateway.request({
      headers: { "x-api-key": "open-sesame" },
      pdk: { "kong.request.getHeader": { fails: "gone" } },
    });
    assert.equal(response.status, 500);
    assert.equal(upstream, undefined);
  });

  test("takes no key that is too short", async () => {
    const short = testPlugin(guard, { config: { keys: ["short"] } });
    await assert.rejects(short, { code: "CONFIG_INVALID" });
  });
});
