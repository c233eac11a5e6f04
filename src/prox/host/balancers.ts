// Balancers: they choose a target for a request, out of those that plugins push.

/** Chooses targets. */
export interface Balancer {
  /** The next target; undefined if there is none. */
  next(): string | undefined;
  /** A target was chosen in another way, and counts as one that `next` gave. Left out where nothing is counted. */
  take?(target: string): void;
  /** A request or connection to a target is over. */
  done(target: string): void;
  /** The targets that there are now. */
  targets(): readonly string[];
  /** Replaces all targets. What was counted of connections begins anew. */
  swapTargets(targets: readonly string[]): void;
}

/** Chooses targets by a key: what a wildcard of the route's domain stood for. */
export interface KeyedBalancer extends Balancer {
  /** The next target of a group; of the flat list while there are no groups. */
  nextKeyed(key: string): string | undefined;
  /** Replaces all groups. */
  swapGroupedTargets(groups: Readonly<Record<string, readonly string[]>>): void;
}

/** Whether a balancer takes groups. */
export function isKeyed(balancer: Balancer): balancer is KeyedBalancer {
  return typeof (balancer as Partial<KeyedBalancer>).swapGroupedTargets === "function";
}

/** A list of targets, of which nothing is counted. */
abstract class ListBalancer implements Balancer {
  #targets: readonly string[];

  constructor(targets: readonly string[] = []) {
    this.#targets = [...targets];
  }

  next(): string | undefined {
    return this.choose(this.#targets);
  }

  done(): void {}

  targets(): readonly string[] {
    return [...this.#targets];
  }

  swapTargets(targets: readonly string[]): void {
    this.#targets = [...targets];
  }

  /** The next one of those that there are; undefined if there is none. */
  protected abstract choose(targets: readonly string[]): string | undefined;
}

/** One target after the other. */
export class RoundRobinBalancer extends ListBalancer {
  #turn = 0;

  protected override choose(targets: readonly string[]): string | undefined {
    if (targets.length === 0) return undefined;
    this.#turn %= targets.length;
    return targets[this.#turn++];
  }
}

/** Any target. */
export class RandomBalancer extends ListBalancer {
  protected override choose(targets: readonly string[]): string | undefined {
    return anyOf(targets);
  }
}

/** Any one of them; undefined if there is none. */
export function anyOf(targets: readonly string[]): string | undefined {
  return targets[Math.floor(Math.random() * targets.length)];
}

interface WeightedTarget {
  readonly target: string;
  readonly weight: number;
  /** How far it is behind its share. */
  credit: number;
}

/**
 * Targets in proportion to their weights, evenly mixed: `host:port weight`, with 1 where no weight
 * is given, 0 for a target that gets nothing.
 */
export class WeightedBalancer implements Balancer {
  #targets: WeightedTarget[] = [];
  #total = 0;

  constructor(targets: readonly string[] = []) {
    this.swapTargets(targets);
  }

  /** Each gets its weight, the one that has most pays for all. */
  next(): string | undefined {
    let chosen: WeightedTarget | undefined;
    for (const target of this.#targets) {
      target.credit += target.weight;
      if (!chosen || target.credit > chosen.credit) chosen = target;
    }
    if (chosen) chosen.credit -= this.#total;
    return chosen?.target;
  }

  done(): void {}

  targets(): readonly string[] {
    return this.#targets.map(({ target }) => target);
  }

  swapTargets(targets: readonly string[]): void {
    this.#targets = targets.map(readWeight).filter(({ weight }) => weight > 0);
    this.#total = this.#targets.reduce((sum, { weight }) => sum + weight, 0);
  }
}

function readWeight(text: string): WeightedTarget {
  const [, target = text, weight = "1"] = /^(\S+)\s+(\d+(?:\.\d+)?)$/.exec(text.trim()) ?? [];
  return { target: target.trim(), weight: Number(weight), credit: 0 };
}
