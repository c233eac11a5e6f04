// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onBothProtocols, type TestGateway, testPlugin } from "gibbon/testing";
import cache from "./response-cache.ts";

/** A service that counts how often it is asked. */
function counting(headers: Record<string, string> = {}) {
  const asked = { times: 0 };
  const upstream = () => ({
    headers: { "content-type": "text/plain", ...headers },
    body: `answer ${++asked.times}`,
  });
  return { asked, upstream };
}

const hit = async (gateway: TestGateway, request: Parameters<TestGateway["request"]>[0] = "/") =>
  (await gateway.request(request)).response;

describe("response-cache", () => {
  test("gives an answer again, until it is too old", async () => {
    await onBothProtocols(async (protocol) => {
      const { asked, upstream } = counting();
      await using gateway = await testPlugin(cache, { protocol, upstream });
      assert.equal((await hit(gateway)).headers.get("x-cache"), "miss");
      await gateway.advance(10_000);
      const again = await hit(gateway);
      assert.equal(again.text, "answer 1");
      assert.equal(again.headers.get("x-cache"), "hit");
      assert.equal(again.headers.get("age"), "10");
      assert.match(again.headers.get("content-type") ?? "", /^text\/plain/);
      await gateway.advance(21_000);
      assert.equal((await hit(gateway)).text, "answer 2");
      assert.equal(asked.times, 2);
    });
  });

  test("knows hosts and queries apart, and leaves what is no GET alone", async () => {
    const { asked, upstream } = counting();
    await using gateway = await testPlugin(cache, { upstream });
    for (const request of ["/?a=1", "/?a=2", { host: "other" }, { body: "x" }, { body: "x" }]) {
      assert.equal((await hit(gateway, request)).text, `answer ${asked.times}`);
    }
    assert.equal(asked.times, 5);
  });

  test("keeps nothing of a client's own", async () => {
    const { asked, upstream } = counting();
    await using gateway = await testPlugin(cache, { upstream });
    await hit(gateway, { headers: { authorization: "Basic x" } });
    await hit(gateway, { headers: { cookie: "a=1" } });
    assert.equal((await hit(gateway)).text, "answer 3");
    const personal = { headers: { authorization: "Basic x" } };
    assert.equal((await hit(gateway, personal)).text, "answer 4");
    assert.equal(asked.times, 4);
  });

  const NOT_KEPT: readonly Record<string, string>[] = [
    { "cache-control": "private, max-age=60" },
    { "cache-control": "no-store" },
    { "cache-control": "max-age=0" },
    { "set-cookie": "a=1" },
    { "vary": "accept" },
  ];
  for (const headers of NOT_KEPT) {
    test(`keeps no answer with ${JSON.stringify(headers)}`, async () => {
      const { upstream } = counting(headers);
      await using gateway = await testPlugin(cache, { upstream });
      await hit(gateway);
      assert.equal((await hit(gateway)).text, "answer 2");
    });
  }

  test("keeps so many answers and no more, none that is too long, and no errors", async () => {
    const { asked, upstream } = counting();
    await using gateway = await testPlugin(cache, { upstream, config: { entries: 2, bytes: 8 } });
    for (const path of ["/1", "/2", "/3", "/3", "/2"]) await hit(gateway, path);
    assert.equal(asked.times, 3);
    await hit(gateway, "/1");
    assert.equal(asked.times, 4);
    const long = {
      path: "/long",
      upstream: { headers: { "content-type": "a/b" }, body: "123456789" },
    };
    assert.equal((await hit(gateway, long)).headers.get("x-cache"), "miss");
    assert.equal((await hit(gateway, long)).headers.get("x-cache"), "miss");
    const failing = { path: "/down", upstream: { status: 500, body: "down" } };
    assert.equal((await hit(gateway, failing)).status, 500);
    assert.equal((await hit(gateway, failing)).headers.get("x-cache"), "miss");
  });
});
