// Hosts that the development gateway does not serve.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hostRefusal } from "../../src/dev/host_check.ts";

const served = { port: 8000, host: "box.lan", allowed: ["Shop.test"] };

describe("the gateway serves", () => {
  for (
    const host of [
      "localhost",
      "localhost:8000",
      "api.localhost:8000",
      "127.0.0.1:8000",
      "127.8.8.8",
      "[::1]:8000",
      "192.168.7.7:8000",
      "box.lan:8000",
      "shop.test",
      "shop.test:9000",
    ]
  ) test(host, () => assert.equal(hostRefusal(host, served), undefined));

  test("a request of HTTP/1.0 without a Host", () => {
    assert.equal(hostRefusal(undefined, served), undefined);
  });
});

describe("the gateway does not serve", () => {
  for (
    const host of [
      "evil.test",
      "evil.test:8000",
      "localhost.evil.test",
      "localhost:9000",
      "192.168.7.7:9000",
      "box.lan:80000",
      "a.shop.test",
      "",
    ]
  ) test(host || "an empty Host", () => assert.notEqual(hostRefusal(host, served), undefined));

  test("and says which option allows it", () => {
    assert.equal(
      hostRefusal("evil.test:8000", served),
      "The gateway does not serve the host evil.test: a page of somebody else may have sent this. " +
        'If it should, start it with --allow-host evil.test, or put "allowHosts": ["evil.test"] ' +
        "into gibbon.dev.json",
    );
    assert.match(
      hostRefusal("localhost:9000", served)!,
      /port 9000 of localhost:.*--allow-host local/,
    );
  });
});
