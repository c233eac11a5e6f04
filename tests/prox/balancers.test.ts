// Balancers: who is next, and what a new list of targets changes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Balancer,
  GroupedBalancer,
  RoundRobinBalancer,
  WeightedBalancer,
} from "../../src/prox/host/balancers.ts";

const take = (balancer: Balancer, count: number) =>
  Array.from({ length: count }, () => balancer.next());

describe("a round-robin balancer", () => {
  test("takes one target after the other", () => {
    assert.deepEqual(take(new RoundRobinBalancer(["a", "b", "c"]), 5), ["a", "b", "c", "a", "b"]);
  });

  test("has nothing without targets, and goes on with new ones", () => {
    const balancer = new RoundRobinBalancer();
    assert.equal(balancer.next(), undefined);
    balancer.swapTargets(["a", "b", "c"]);
    take(balancer, 2);
    balancer.swapTargets(["d"]);
    assert.deepEqual(take(balancer, 2), ["d", "d"]);
    balancer.swapTargets([]);
    assert.equal(balancer.next(), undefined);
  });

  test("does not see what becomes of the list that it was given", () => {
    const targets = ["a"];
    const balancer = new RoundRobinBalancer(targets);
    targets.push("b");
    assert.deepEqual(take(balancer, 2), ["a", "a"]);
  });
});

describe("a weighted balancer", () => {
  test("gives each target its share, evenly mixed", () => {
    const balancer = new WeightedBalancer(["a:80 5", "b:80", "c:80 1"]);
    assert.equal(take(balancer, 7).join(" "), "a:80 a:80 b:80 a:80 c:80 a:80 a:80");
    const counts = Map.groupBy(take(balancer, 700), (target) => target);
    assert.deepEqual(["a:80", "b:80", "c:80"].map((name) => counts.get(name)?.length), [
      500,
      100,
      100,
    ]);
  });

  test("gives a target without weight nothing, and has nothing if that is all", () => {
    assert.deepEqual(take(new WeightedBalancer(["a 0", "b 0.5"]), 2), ["b", "b"]);
    assert.deepEqual(take(new WeightedBalancer(["a 0"]), 1), [undefined]);
    assert.deepEqual(take(new WeightedBalancer(), 1), [undefined]);
  });
});

describe("a grouped balancer", () => {
  test("has the flat list for all keys until there are groups", () => {
    const balancer = new GroupedBalancer();
    balancer.swapTargets(["flat"]);
    assert.equal(balancer.nextKeyed("de"), "flat");
    balancer.swapGroupedTargets({ de: ["de:1", "de:2"], __proto__: ["x"] } as never);
    assert.deepEqual(["de", "de", "fr", "", "toString"].map((key) => balancer.nextKeyed(key)), [
      "de:1",
      "de:2",
      undefined,
      "flat",
      undefined,
    ]);
    balancer.swapTargets(["again"]);
    assert.equal(balancer.nextKeyed("de"), "again");
  });

  test("keeps the place in the round of groups that stay", () => {
    const balancer = new GroupedBalancer();
    balancer.swapGroupedTargets({ de: ["a", "b"], us: ["u"] });
    balancer.nextKeyed("de");
    balancer.swapGroupedTargets({ de: ["a", "b"] });
    assert.equal(balancer.nextKeyed("de"), "b");
    assert.equal(balancer.nextKeyed("us"), undefined);
  });

  test("makes the balancers of its groups as it was told", () => {
    const balancer = new GroupedBalancer(() => new WeightedBalancer());
    balancer.swapGroupedTargets({ de: ["a 2", "b"] });
    const taken = [1, 2, 3].map(() => balancer.nextKeyed("de"));
    assert.deepEqual(taken, ["a", "b", "a"]);
  });
});
