// Where a server comes from: what its status tells whoever would take its socket over.

/** The process that started a server: Kong's nginx worker, if one is above it. */
export interface Starter {
  readonly pid: number;
  /** When it began, in the kernel's clock ticks since boot: no two processes share both. */
  readonly startedAt: number;
  /** The kernel's name for it, such as `nginx`. */
  readonly name: string;
}

/** Where a server comes from. */
export interface Lineage {
  /** Undefined where the system does not tell. */
  readonly starter: Starter | undefined;
  /** Whether who started it is gone. */
  readonly orphaned: boolean;
  /** When its socket's path changed hands in the last minute, in Unix milliseconds. */
  readonly takeovers: readonly number[];
  /** Names beside the socket that lead to the servers which had it before, the last one first. */
  readonly older: readonly string[];
}
