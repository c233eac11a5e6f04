// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import canary from "./canary.ts";

const SERVICE = { service: "http://stable.test:81" };
const config = { host: "canary.test", port: 82, weight: 20 };

describe("canary", () => {
  test("goes by the header, which the service does not see", async () => {
    await using gateway = await testPlugin(canary, { config, ...SERVICE });
    const hosts = { always: "canary.test:82", never: "stable.test:81" };
    for (const [wish, host] of Object.entries(hosts)) {
      const { upstream } = await gateway.request({ headers: { "x-canary": wish } });
      assert.equal(upstream?.url, `http://${host}/`);
      assert.equal(upstream?.headers.has("x-canary"), false);
    }
  });

  test("takes its share of the clients, and keeps each where it is", async () => {
    await using gateway = await testPlugin(canary, { config, ...SERVICE });
    const served = async (ip: string) =>
      (await gateway.request({ client: { ip } })).response.headers.get("x-served-by");
    const clients = Array.from({ length: 200 }, (_, at) => `10.0.${at >> 4}.${at & 15}`);
    const first = await Promise.all(clients.map(served));
    assert.deepEqual(await Promise.all(clients.map(served)), first);
    const canaries = first.filter((one) => one === "canary").length;
    assert.ok(canaries > 20 && canaries < 60, String(canaries));
  });

  test("goes by the consumer where there is one", async () => {
    await using gateway = await testPlugin(canary, {
      config: { ...config, weight: 50 },
      consumers: Array.from({ length: 20 }, (_, at) => ({ username: `user-${at}` })),
    });
    const served = async (at: number) => {
      const consumer = { username: `user-${at}` };
      return (await gateway.request({ consumer })).response.headers.get("x-served-by");
    };
    const all = await Promise.all(Array.from({ length: 20 }, (_, at) => served(at)));
    assert.deepEqual([...new Set(all)].sort(), ["canary", "stable"]);
  });

  test("has nobody with a weight of 0, and everybody with 100", async () => {
    for (const [weight, by] of [[0, "stable"], [100, "canary"]] as const) {
      await using gateway = await testPlugin(canary, { config: { ...config, weight } });
      const { response } = await gateway.request();
      assert.equal(response.headers.get("x-served-by"), by);
    }
  });
});
