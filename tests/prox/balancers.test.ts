// Balancers: who is next, and what a new list of targets changes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Balancer,
  RandomBalancer,
  RoundRobinBalancer,
  WeightedBalancer,
} from "../../src/prox/host/balancers.ts";
import { GroupedBalancer, newByType } from "../../src/prox/host/grouped_balancer.ts";
import { LeastConnBalancer } from "../../src/prox/host/least_conn_balancer.ts";

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

describe("a random balancer", () => {
  test("gives any of its targets, and nothing without", () => {
    const balancer = new RandomBalancer(["a", "b"]);
    assert.deepEqual([...new Set(take(balancer, 200))].sort(), ["a", "b"]);
    balancer.swapTargets([]);
    assert.equal(balancer.next(), undefined);
  });
});

describe("a balancer of least connections", () => {
  test("gives the target with the fewest, and counts those that are done", () => {
    const balancer = new LeastConnBalancer(["a", "b"]);
    assert.deepEqual(take(balancer, 3), ["a", "b", "a"]);
    assert.deepEqual([balancer.conns("a"), balancer.conns("b"), balancer.conns("c")], [2, 1, 0]);
    balancer.done("a");
    balancer.done("a");
    assert.deepEqual(take(balancer, 2), ["a", "a"]);
    for (let index = 0; index < 9; index++) balancer.done("b");
    balancer.done("nobody");
    assert.deepEqual([balancer.conns("b"), balancer.conns("nobody")], [0, 0]);
  });

  test("counts anew with new targets", () => {
    const balancer = new LeastConnBalancer(["a"]);
    take(balancer, 2);
    balancer.swapTargets(["a", "b"]);
    assert.deepEqual([balancer.conns("a"), balancer.targets()], [0, ["a", "b"]]);
    balancer.done("a");
    assert.deepEqual(take(balancer, 2), ["a", "b"]);
    balancer.swapTargets([]);
    assert.equal(balancer.next(), undefined);
  });
});

describe("a balancer by its name", () => {
  test("is one of prox's, or round robin", () => {
    assert.ok(newByType("random") instanceof RandomBalancer);
    assert.ok(newByType("leastconn") instanceof LeastConnBalancer);
    assert.ok(newByType("weighted") instanceof WeightedBalancer);
    for (const name of ["roundrobin", "", "toString"]) {
      const balancer = newByType(name as "", ["a", "b"]);
      assert.deepEqual([...take(balancer, 2), ...balancer.targets()], ["a", "b", "a", "b"]);
    }
  });
});

describe("groups of targets", () => {
  test("fall back to any target of all groups, if that is wanted", () => {
    const balancer = new GroupedBalancer("leastconn");
    balancer.setFallback(true);
    assert.equal(balancer.nextKeyed("fr"), undefined);
    balancer.swapGroupedTargets({ de: ["d"], us: ["u"], es: [] });
    const fallen = (key: string) =>
      [...new Set(Array.from({ length: 200 }, () => balancer.nextKeyed(key)))].sort();
    assert.deepEqual([fallen("fr"), fallen("es"), fallen("de")], [["d", "u"], ["d", "u"], ["d"]]);
    assert.deepEqual([...new Set(take(balancer, 200))].sort(), ["d", "u"]);
    assert.equal(balancer.nextKeyed(""), undefined);
    balancer.swapTargets(["flat"]);
    assert.deepEqual([balancer.nextKeyed("fr"), balancer.next()], ["flat", "flat"]);
    balancer.swapGroupedTargets({ de: ["d"] });
    balancer.setFallback(false);
    assert.equal(balancer.nextKeyed("fr"), undefined);
  });

  test("count connections in the group of a target, however it was chosen", () => {
    const groups: LeastConnBalancer[] = [];
    const balancer = new GroupedBalancer(() => {
      groups.push(new LeastConnBalancer());
      return groups.at(-1)!;
    });
    balancer.setFallback(true);
    balancer.swapGroupedTargets({ de: ["d"] });
    const [flat, de] = groups as [LeastConnBalancer, LeastConnBalancer];
    balancer.nextKeyed("de");
    balancer.nextKeyed("fr");
    assert.equal(de.conns("d"), 2);
    balancer.done("d");
    balancer.done("nobody");
    assert.equal(de.conns("d"), 1);
    balancer.swapTargets(["d"]);
    balancer.next();
    balancer.done("d");
    assert.equal(flat.conns("d"), 0);
  });
});
