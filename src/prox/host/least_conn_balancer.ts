// The balancer that counts: the target with the fewest connections is next.
import type { Balancer } from "./balancers.ts";

/** The target with the fewest connections that are not `done`; of several the first. */
export class LeastConnBalancer implements Balancer {
  #connections: Map<string, number>;

  constructor(targets: readonly string[] = []) {
    this.#connections = countsOf(targets);
  }

  /** The next target, which has one connection more from now on. */
  next(): string | undefined {
    let chosen: string | undefined;
    let fewest = Infinity;
    for (const [target, count] of this.#connections) {
      if (count < fewest) [chosen, fewest] = [target, count];
    }
    if (chosen !== undefined) this.take(chosen);
    return chosen;
  }

  /** A target was chosen in another way: it has one connection more. */
  take(target: string): void {
    const count = this.#connections.get(target);
    if (count !== undefined) this.#connections.set(target, count + 1);
  }

  /** A connection to a target is over. What began before the targets were replaced does not count. */
  done(target: string): void {
    const count = this.#connections.get(target);
    if (count) this.#connections.set(target, count - 1);
  }

  /** Connections of a target that are not over. */
  conns(target: string): number {
    return this.#connections.get(target) ?? 0;
  }

  targets(): readonly string[] {
    return [...this.#connections.keys()];
  }

  swapTargets(targets: readonly string[]): void {
    this.#connections = countsOf(targets);
  }
}

function countsOf(targets: readonly string[]): Map<string, number> {
  return new Map(targets.map((target) => [target, 0]));
}
