// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onBothProtocols, testPlugin } from "gibbon/testing";
import transform from "./transform.ts";

describe("transform", () => {
  test("changes the request and the answer", async () => {
    const config = {
      request: { set: { "x-set": "1" }, rename: { "x-old": "x-new" }, remove: ["x-secret"] },
      query: { set: { lang: "en" }, remove: ["debug"] },
      response: { set: { "x-frame-options": "deny" } },
    };
    await onBothProtocols(async (protocol) => {
      await using gateway = await testPlugin(transform, { protocol, config });
      const { response, upstream, runs } = await gateway.request({
        path: "/?debug=1&q=apes&q=gibbons",
        headers: { "x-old": "value", "x-secret": "s" },
        upstream: { body: "a long answer" },
      });
      const { headers, query } = upstream!;
      assert.deepEqual(query, { lang: "en", q: ["apes", "gibbons"] });
      assert.equal(headers.get("x-set"), "1");
      assert.equal(headers.get("x-new"), "value");
      assert.equal(headers.has("x-old") || headers.has("x-secret"), false);
      assert.equal(response.headers.get("x-frame-options"), "deny");
      assert.equal(response.text, "a long answer");
      // With a phase response Kong would hold the answer.
      assert.deepEqual(runs.map(({ phase }) => phase), ["access"]);
    });
  });

  test("changes nothing that it is not told to", async () => {
    await using gateway = await testPlugin(transform);
    const { upstream } = await gateway.request({ path: "/?a=1&b", headers: { "x-old": "1" } });
    assert.equal(upstream?.target, "/?a=1&b");
    assert.equal(upstream?.headers.get("x-old"), "1");
  });
});
