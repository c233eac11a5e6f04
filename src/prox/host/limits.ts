// Bounds of the host side, with their units.

/** Bounds; past each of them there is a clear error, and the host goes on. */
export interface ProxHostLimits {
  /** Connections that are kept to a plugin while they have nothing to do. */
  readonly idleConnections: number;
  /** Connections to a plugin at once; further calls wait for one within their deadline. */
  readonly connections: number;
  /** Calls that may wait for a connection. */
  readonly waitingCalls: number;
  /** How long the calls of a hook on a route may take, in milliseconds, where no binding says. */
  readonly callMs: number;
  /** Bytes that may wait for a plugin that does not read. */
  readonly unsentBytes: number;
  /** Lines of stderr, log entries and complaints of a plugin that are logged, a second. */
  readonly logLines: number;
  /** Speed limits that are kept for routes that nobody knows; the oldest go first. */
  readonly unknownSpeeds: number;
  /** `on_disconnect` notes that may wait for a plugin; those on top are dropped. */
  readonly waitingDisconnects: number;
  /** How long a plugin may take to end once its stdin is closed, in milliseconds. */
  readonly graceMs: number;
}

export const PROX_HOST_LIMITS: ProxHostLimits = {
  idleConnections: 16,
  connections: 512,
  waitingCalls: 4096,
  callMs: 5000,
  unsentBytes: 4 * 1024 * 1024,
  logLines: 200,
  unknownSpeeds: 1024,
  waitingDisconnects: 256,
  graceMs: 5000,
};

/** Longest time between two starts of a plugin, in milliseconds. */
const LONGEST_RESTART_MS = 30_000;

/**
 * How long to wait before a plugin is started again: 1 s, 2 s, 4 s, ... 30 s.
 *
 * @param attempt 1 for the first time since it last said something
 */
export function restartDelayMs(attempt: number): number {
  return Math.min(LONGEST_RESTART_MS, 1000 * 2 ** Math.min(attempt - 1, 10));
}
