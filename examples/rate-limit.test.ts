// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import limiter from "./rate-limit.ts";

describe("rate-limit", () => {
  test("counts down for each client, then refuses", async () => {
    await using gateway = await testPlugin(limiter, { config: { limit: 2, seconds: 1000 } });
    const ask = async (ip: string) => (await gateway.request({ client: { ip } })).response;
    const left = async (ip: string) => (await ask(ip)).headers.get("ratelimit-remaining");
    assert.deepEqual([await left("10.0.0.1"), await left("10.0.0.2")], ["1", "1"]);
    assert.equal(await left("10.0.0.1"), "0");
    const refused = await ask("10.0.0.1");
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("ratelimit-remaining"), "0");
    assert.equal(refused.headers.get("retry-after"), "1000");
    assert.equal((await ask("10.0.0.2")).status, 200);
  });

  test("begins anew when the time is over", async () => {
    await using gateway = await testPlugin(limiter, { config: { limit: 1, seconds: 60 } });
    const status = async () => (await gateway.request()).response.status;
    assert.deepEqual([await status(), await status()], [200, 429]);
    await gateway.advance(59_000);
    assert.equal(await status(), 429);
    await gateway.advance(2000);
    assert.equal(await status(), 200);
  });

  test("counts consumers where it is told to", async () => {
    await using gateway = await testPlugin(limiter, {
      config: { limit: 1, by: "consumer" },
      consumers: [{ username: "ada" }, { username: "bob" }],
    });
    const status = async (username: string) =>
      (await gateway.request({ consumer: { username } })).response.status;
    assert.deepEqual([await status("ada"), await status("bob"), await status("ada")], [
      200,
      200,
      429,
    ]);
  });
});
