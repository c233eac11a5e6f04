// Run it with: gibbon test examples
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testPlugin } from "gibbon/testing";
import requestId from "./request-id.ts";

const HEADER = "x-request-id";

describe("request-id", () => {
  test("gives the service, the client and the log the same new id", async () => {
    await using gateway = await testPlugin(requestId);
    const { response, upstream, logs } = await gateway.request({ upstream: { status: 201 } });
    const id = response.headers.get(HEADER);
    assert.ok(id);
    assert.equal(upstream?.headers.get(HEADER), id);
    assert.equal(logs.at(-1)?.message, `request ${id} was answered with 201`);
    const next = await gateway.request();
    assert.notEqual(next.response.headers.get(HEADER), id);
  });

  test("keeps the client's id if it may", async () => {
    const headers = { [HEADER]: "mine" };
    await using trusting = await testPlugin(requestId);
    assert.equal((await trusting.request({ headers })).upstream?.headers.get(HEADER), "mine");
    await using distrustful = await testPlugin(requestId, { config: { trust: false } });
    assert.notEqual((await distrustful.request({ headers })).upstream?.headers.get(HEADER), "mine");
  });

  test("says how long the service took", async () => {
    await using gateway = await testPlugin(requestId);
    const { response } = await gateway.request({
      upstream: async () => {
        await gateway.advance(250);
        return {};
      },
    });
    const [, took] = /^service;dur=(\d+)$/.exec(response.headers.get("server-timing") ?? "") ?? [];
    assert.ok(Number(took) >= 250 && Number(took) < 5000, took);
  });

  test("lets requests go on without an id when it fails: it guards nothing", async () => {
    await using gateway = await testPlugin(requestId);
    const { response, failure } = await gateway.request({
      pdk: { "kong.request.getHeader": { lateMs: 55_000 } },
    });
    assert.equal(response.status, 200);
    assert.equal(failure?.phase, "access");
  });
});
