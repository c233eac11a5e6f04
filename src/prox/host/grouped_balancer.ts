// A balancer for each key, and those that are made by the names that prox's configuration has for them.
import {
  anyOf,
  type Balancer,
  type KeyedBalancer,
  RandomBalancer,
  RoundRobinBalancer,
  WeightedBalancer,
} from "./balancers.ts";
import { LeastConnBalancer } from "./least_conn_balancer.ts";

/** prox's names of balancers, and one of ours: `weighted`. */
export type BalancerType = "roundrobin" | "random" | "leastconn" | "weighted";

/** Makes a balancer by its name. As in prox, it is round robin for any other. */
export function newByType(type: BalancerType | "", targets: readonly string[] = []): Balancer {
  switch (type) {
    case "random":
      return new RandomBalancer(targets);
    case "leastconn":
      return new LeastConnBalancer(targets);
    case "weighted":
      return new WeightedBalancer(targets);
    default:
      return new RoundRobinBalancer(targets);
  }
}

interface Groups {
  readonly byKey: ReadonlyMap<string, Balancer>;
  /** The key of each target. */
  readonly keys: ReadonlyMap<string, string>;
}

/** A balancer for each key, and one for what has no key. */
export class GroupedBalancer implements KeyedBalancer {
  readonly #create: () => Balancer;
  readonly #flat: Balancer;
  #groups: Groups | undefined;
  #hasFallback = false;

  /** @param create makes the balancer of a group, and that of the flat list; or its name */
  constructor(create: BalancerType | (() => Balancer) = "roundrobin") {
    this.#create = typeof create === "function" ? create : () => newByType(create);
    this.#flat = this.#create();
  }

  /** Whether a key without targets gets any target of all groups. It gets none unless this is set. */
  setFallback(isWanted: boolean): void {
    this.#hasFallback = isWanted;
  }

  next(): string | undefined {
    return this.#flat.next() ?? this.#anyOfAll();
  }

  nextKeyed(key: string): string | undefined {
    if (!this.#groups || key === "") return this.#flat.next();
    return this.#groups.byKey.get(key)?.next() ?? this.#anyOfAll();
  }

  done(target: string): void {
    if (!this.#groups) return this.#flat.done(target);
    this.#groupOf(target)?.done(target);
  }

  /** The flat list. */
  targets(): readonly string[] {
    return this.#flat.targets();
  }

  swapTargets(targets: readonly string[]): void {
    this.#flat.swapTargets(targets);
    this.#groups = undefined;
  }

  swapGroupedTargets(groups: Readonly<Record<string, readonly string[]>>): void {
    const before = this.#groups?.byKey;
    const byKey = new Map<string, Balancer>();
    for (const [key, targets] of Object.entries(groups)) {
      // A group that stays keeps its place in the round.
      const balancer = before?.get(key) ?? this.#create();
      balancer.swapTargets(targets);
      byKey.set(key, balancer);
    }
    const keys = [...byKey].flatMap(([key, balancer]) =>
      balancer.targets().map((target) => [target, key] as const)
    );
    this.#groups = { byKey, keys: new Map(keys) };
  }

  #anyOfAll(): string | undefined {
    if (!this.#hasFallback || !this.#groups) return undefined;
    const target = anyOf([...this.#groups.keys.keys()]);
    if (target !== undefined) this.#groupOf(target)?.take?.(target);
    return target;
  }

  #groupOf(target: string): Balancer | undefined {
    const key = this.#groups?.keys.get(target);
    return key === undefined ? undefined : this.#groups?.byKey.get(key);
  }
}
