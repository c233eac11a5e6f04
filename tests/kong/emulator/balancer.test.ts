// Upstreams: their targets in turn, by weight, and what becomes of a request without one.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { balance } from "../../../src/kong/emulator/balancer/balance.ts";
import { balancersOf, RingBalancer } from "../../../src/kong/emulator/balancer/balancer.ts";
import { actedKong } from "../support/acted_kong.ts";

const target = (host: string, weight: number) => ({ host, port: 80, weight });

describe("targets", () => {
  test("each gets its share of as many requests as there are parts, whichever come first", () => {
    const balancer = new RingBalancer([target("a", 5), target("b", 3), target("c", 2)]);
    for (let round = 0; round < 3; round++) {
      const hosts = Array.from({ length: 10 }, () => balancer.next()!.host);
      const share = (host: string) => hosts.filter((one) => one === host).length;
      assert.deepEqual([share("a"), share("b"), share("c")], [5, 3, 2]);
    }
  });

  test("no weight, no requests", () => {
    const balancer = new RingBalancer([target("a", 0), target("b", 1)]);
    assert.deepEqual([1, 2, 3].map(() => balancer.next()!.host), ["b", "b", "b"]);
    assert.equal(new RingBalancer([target("a", 0)]).next(), undefined);
  });

  test("are names or addresses, on port 8000 where they say none", () => {
    const targets = ["a.test", "10.0.0.1:81", "[::1]:82", "[::1]"];
    const balancers = balancersOf(
      [{ id: "u", name: "blue" }],
      targets.map((target) => ({ target, weight: 1, upstream: { id: "u" } })),
    );
    const found = targets.map(() => balancers.get("blue")!.next()!);
    assert.deepEqual(found.map(({ host, port }) => [host, port]), [
      ["a.test", 8000],
      ["10.0.0.1", 81],
      ["::1", 82],
      ["::1", 8000],
    ]);
  });
});

describe("a request to an upstream", () => {
  const balanced = (balancer: RingBalancer, more = {}) => {
    const { exchange } = actedKong({}, { balancers: new Map([["blue", balancer]]) });
    Object.assign(exchange.upstream, { host: "blue", port: 80, ...more });
    return { exchange, asked: balance(exchange) };
  };

  test("goes to a target, with the target's Host", () => {
    const { exchange: { upstream }, asked } = balanced(
      new RingBalancer([{ host: "a.test", port: 81, weight: 1 }]),
    );
    assert.equal(asked, true);
    assert.deepEqual([upstream.host, upstream.port, upstream.hostHeader], [
      "a.test",
      81,
      undefined,
    ]);
  });

  test("has the upstream's host_header, and the port where it is not the usual one", () => {
    const to = (port: number) =>
      balanced(new RingBalancer([{ host: "a.test", port, weight: 1 }], "b.test"));
    assert.equal(to(80).exchange.upstream.hostHeader, "b.test");
    assert.equal(to(81).exchange.upstream.hostHeader, "b.test:81");
  });

  test("keeps a Host that was decided before", () => {
    const balancer = new RingBalancer([target("a.test", 1)], "b.test");
    const { exchange } = balanced(balancer, { hostHeader: "kept.test" });
    assert.equal(exchange.upstream.hostHeader, "kept.test");
  });

  test("is answered with 503 where there is no target", () => {
    const { exchange, asked } = balanced(new RingBalancer([]));
    assert.equal(asked, false);
    assert.equal(exchange.status, 503);
    const body = new TextDecoder().decode(exchange.responseBody);
    assert.match(body, /failure to get a peer from the ring-balancer/);
  });
});
