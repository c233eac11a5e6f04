// The testing kit: what a test says of a request, and what it sees of it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin } from "gibbon";
import { KONG_PROTOCOLS, testPlugin } from "gibbon/testing";
import * as v from "valibot";

const guard = definePlugin({
  name: "guard",
  config: v.object({ keys: v.set(v.string()), header: v.optional(v.string(), "x-key") }),
  async access(kong, { keys, header }) {
    const key = await kong.request.getHeader(header);
    if (key === undefined || !keys.has(key)) kong.response.exit(401, { message: "no" });
    await kong.service.request.clearHeader(header);
    kong.ctx.shared.set("who", key);
    kong.log.notice("let in ", key);
  },
});

for (const protocol of KONG_PROTOCOLS) {
  describe(`A plugin in a test, over ${protocol}`, () => {
    test("lets through whom it is to let through", async () => {
      await using gateway = await testPlugin(guard, { protocol, config: { keys: ["open"] } });
      const { response, upstream, ...rest } = await gateway.request({
        path: "/hello?a=1",
        headers: { "X-Key": "open", "x-other": ["1", "2"] },
        upstream: { status: 201, headers: { "x-up": "yes" }, body: { ok: true } },
      });
      assert.equal(response.status, 201);
      assert.equal(response.headers.get("X-UP"), "yes");
      assert.deepEqual(response.json(), { ok: true });
      assert.equal(upstream?.url, "http://upstream.test/hello?a=1");
      assert.equal(upstream?.headers.has("x-key"), false);
      assert.deepEqual(upstream?.headers.all("x-other"), ["1", "2"]);
      assert.deepEqual(rest.shared, { who: "open" });
      assert.deepEqual(rest.logs, [{ level: "notice", message: "let in open", plugin: "guard" }]);
      assert.equal(rest.failure, undefined);
      assert.deepEqual(rest.calls.map(({ method, args, result }) => [method, args, result]), [
        ["kong.request.get_header", ["x-key"], "open"],
        ["kong.service.request.clear_header", ["x-key"], undefined],
        ["kong.ctx.shared.set", ["who", "open"], undefined],
        ["kong.log.notice", ["let in ", "open"], undefined],
      ]);
    });

    test("turns away whom it is to turn away", async () => {
      await using gateway = await testPlugin(guard, { protocol, config: { keys: ["open"] } });
      const { response, upstream, runs } = await gateway.request("/");
      assert.equal(response.status, 401);
      assert.deepEqual(response.json(), { message: "no" });
      assert.equal(upstream, undefined);
      assert.deepEqual(runs.map(({ phase, end }) => [phase, end]), [["access", "exited"]]);
    });
  });
}

test("Calls show their arguments as they were", async () => {
  const plugin = definePlugin({
    async access(kong) {
      const headers: Record<string, string> = { "x-a": "1" };
      await kong.response.setHeaders(headers);
      headers["x-a"] = "2";
    },
  });
  await using gateway = await testPlugin(plugin);
  const { calls } = await gateway.request();
  assert.deepEqual(calls[0]?.args, [{ "x-a": "1" }]);
});

test("A thousand requests have a log each", async () => {
  const plugin = definePlugin({ access: (kong) => void kong.log.info("here") });
  await using gateway = await testPlugin(plugin);
  for (let round = 0; round < 50; round++) {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => gateway.request()));
    assert.ok(outcomes.every(({ logs }) => logs.length === 1));
  }
  assert.ok(gateway.log.length >= 1000);
});
