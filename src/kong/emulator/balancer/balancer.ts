// Kong's upstreams: one name for several targets, which are taken in turn by their weights.
import type { EntityRecord } from "../entities.ts";

/** Where a request can go. */
export interface BalancerTarget {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
}

/** Port of a target that names none. */
const TARGET_PORT = 8000;

/** The targets of an upstream. */
export class RingBalancer {
  /** The Host that targets are asked with, if it is not their own. */
  readonly hostHeader: string | undefined;
  readonly #targets: readonly BalancerTarget[];
  /** What each target is ahead of or behind its share. */
  readonly #credits: number[];

  constructor(targets: readonly BalancerTarget[], hostHeader?: string) {
    this.#targets = targets.filter(({ weight }) => weight > 0);
    this.#credits = this.#targets.map(() => 0);
    this.hostHeader = hostHeader;
  }

  /**
   * The next target. Each gets its share within as many requests as all weights have parts, and as
   * evenly as can be; Kong's order is mixed at random.
   *
   * @returns undefined if there is none that has a weight
   */
  next(): BalancerTarget | undefined {
    let best: number | undefined;
    let total = 0;
    for (const [i, { weight }] of this.#targets.entries()) {
      total += weight;
      this.#credits[i]! += weight;
      if (best === undefined || this.#credits[i]! > this.#credits[best]!) best = i;
    }
    if (best === undefined) return undefined;
    this.#credits[best]! -= total;
    return this.#targets[best];
  }
}

/** The balancers of a configuration's upstreams, by their names. */
export function balancersOf(
  upstreams: readonly EntityRecord[],
  targets: readonly EntityRecord[],
): ReadonlyMap<string, RingBalancer> {
  return new Map(upstreams.map((upstream) => {
    const own = targets.filter((target) => (target.upstream as EntityRecord).id === upstream.id);
    const host = upstream.host_header as string | undefined;
    return [String(upstream.name), new RingBalancer(own.map(targetOf), host)];
  }));
}

function targetOf({ target, weight }: EntityRecord): BalancerTarget {
  const [, host = "", port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(String(target))!;
  return { host, port: port === undefined ? TARGET_PORT : Number(port), weight: Number(weight) };
}
