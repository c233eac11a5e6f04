import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import plugin from "./my-plugin.ts";

describe("my-plugin", () => {
  test("counts for each client, and refuses past the limit", async () => {
    await using gateway = await testPlugin(plugin, { config: { limit: 2 } });
    const ask = async (ip: string) => (await gateway.request({ client: { ip } })).response;
    assert.equal((await ask("10.0.0.1")).headers.get("ratelimit-remaining"), "1");
    assert.equal((await ask("10.0.0.1")).status, 200);
    const refused = await ask("10.0.0.1");
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get("retry-after")) <= 60);
    assert.equal((await ask("10.0.0.2")).status, 200);
  });

  test("begins anew when the time is over", async () => {
    await using gateway = await testPlugin(plugin, { config: { limit: 1, seconds: 10 } });
    const status = async () => (await gateway.request("/")).response.status;
    assert.deepEqual([await status(), await status()], [200, 429]);
    await gateway.advance(10_000);
    assert.equal(await status(), 200);
  });
});
