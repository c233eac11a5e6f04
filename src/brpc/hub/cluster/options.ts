// How a hub joins others through NATS.

/** Who the hub is to NATS, and how the connection is secured. */
export interface NatsAccess {
  /** User and password; those in a server's URL count otherwise. */
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Text of a credentials file: a JWT with its seed. */
  readonly credentials?: string;
  /** PEM texts: the authority that the servers' certificates are checked with, and what the hub shows. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** How a hub joins others. */
export interface JoinOptions extends NatsAccess {
  /** `nats://HOST:PORT`, or `tls://`; several for one cluster of servers. */
  readonly servers: string | readonly string[];
  /**
   * Begin of all subjects (default: `gibbon.hub`): letters, digits, `-`, `_` and dots. Hubs with another one
   * know nothing of these.
   */
  readonly prefix?: string;
  /**
   * What others call this hub (default: the machine's name): letters, digits, `-` and `_`. Six
   * characters by chance follow, so that no two are the same.
   */
  readonly name?: string;
  readonly limits?: Partial<ClusterLimits>;
}

/** Bounds of what goes on between hubs. */
export interface ClusterLimits {
  /** How often a hub says that it is there, in milliseconds. */
  readonly beatMs: number;
  /** How long nothing may be heard of a hub until it counts as dead, in milliseconds. */
  readonly deadMs: number;
  /** How long others may take to say that a name is theirs, in milliseconds. */
  readonly claimMs: number;
  /** How long a connection to NATS may take to be made, in milliseconds. */
  readonly connectMs: number;
  /** Other hubs at once. */
  readonly hubs: number;
  /** Plugins of one of them that are listed here. */
  readonly plugins: number;
  /** Async values on their way to one hub that it has not taken. */
  readonly valuesUnderWay: number;
  /** Bytes of those. */
  readonly valueBytesUnderWay: number;
}

export const CLUSTER_LIMITS: ClusterLimits = {
  beatMs: 2000,
  deadMs: 6000,
  claimMs: 2000,
  connectMs: 5000,
  hubs: 1024,
  plugins: 16_384,
  valuesUnderWay: 256,
  valueBytesUnderWay: 1024 * 1024,
};
