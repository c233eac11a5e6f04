// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import shipper from "./log-shipper.ts";

const { fetch: real } = globalThis;
afterEach(() => void (globalThis.fetch = real));

/** A collector in the place of the network: what it got, and whether it is there. */
function collector() {
  const there = { isAway: false, batches: [] as string[][], tries: 0 };
  globalThis.fetch = (_url, init) => {
    there.tries++;
    if (there.isAway) return Promise.reject(new TypeError("fetch failed"));
    const paths = String(init?.body).split("\n").map((line) => JSON.parse(line).request.uri);
    there.batches.push(paths);
    return Promise.resolve(new Response(""));
  };
  return there;
}

const config = { url: "http://logs.test/", batch: 3, seconds: 5, waiting: 4 };

describe("log-shipper", () => {
  test("sends a batch when it is full, and the rest when time is up", async () => {
    const { batches } = collector();
    await using gateway = await testPlugin(shipper, { config });
    for (const path of ["/1", "/2", "/3", "/4"]) await gateway.request(path);
    assert.deepEqual(batches, [["/1", "/2", "/3"]]);
    await gateway.advance(5100);
    assert.deepEqual(batches, [["/1", "/2", "/3"], ["/4"]]);
  });

  test("tries again after growing pauses, and loses nothing", async () => {
    const there = collector();
    await using gateway = await testPlugin(shipper, { config });
    there.isAway = true;
    await gateway.request("/1");
    await gateway.advance(5100);
    assert.equal(there.tries, 1);
    await gateway.advance(10_100);
    assert.equal(there.tries, 2);
    await gateway.advance(10_100);
    assert.equal(there.tries, 2);
    there.isAway = false;
    await gateway.advance(10_100);
    assert.deepEqual(there.batches, [["/1"]]);
  });

  test("lets the oldest go when too many wait, and says so", async () => {
    const there = collector();
    await using gateway = await testPlugin(shipper, { config });
    there.isAway = true;
    let lost = "";
    for (let at = 1; at <= 6; at++) {
      const { logs } = await gateway.request(`/${at}`);
      lost = logs.at(-1)?.message ?? lost;
    }
    assert.match(lost, /^\d records were lost: the collector is away$/);
    there.isAway = false;
    await gateway.advance(60_000);
    assert.deepEqual(there.batches.flat(), ["/3", "/4", "/5", "/6"]);
  });

  test("sends what is left when the instance ends", async () => {
    const { batches } = collector();
    const gateway = await testPlugin(shipper, { config });
    await gateway.request("/last");
    await gateway.close();
    assert.deepEqual(batches, [["/last"]]);
  });
});
