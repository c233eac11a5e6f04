// Bounds of the plugin side, with their units.

/** Bounds; past each of them there is a clear error, and the plugin goes on. */
export interface ProxPluginLimits {
  /** Connections of the host at once. */
  readonly connections: number;
  /** Calls under way at once. */
  readonly calls: number;
  /** Calls that may wait behind the one that is under way on a connection. Hosts send none. */
  readonly waitingCalls: number;
  /** Bytes that may wait for a host that does not read its answers. */
  readonly unsentBytes: number;
  /** How long a handler may take, in milliseconds, where its plugin does not say. */
  readonly callMs: number;
  /** How long calls under way may take once stdin has ended, in milliseconds. */
  readonly graceMs: number;
}

export const PROX_PLUGIN_LIMITS: ProxPluginLimits = {
  connections: 4096,
  calls: 4096,
  waitingCalls: 32,
  unsentBytes: 4 * 1024 * 1024,
  callMs: 30_000,
  graceMs: 10_000,
};
