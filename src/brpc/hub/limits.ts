// Every bound of a hub, with its unit and its default.
import type { LinkLimits } from "../link.ts";

/** Bounds of a hub; past each of them there is a clear error, and the hub goes on. */
export interface HubLimits extends LinkLimits {
  /** Plugins at once. */
  readonly plugins: number;
  /** Connections that have not said who they are; past it the one that waits longest is closed. */
  readonly strangers: number;
  /** How long a connection may take to say who it is, in milliseconds. */
  readonly handshakeMs: number;
  /** Bytes of a handshake. */
  readonly handshakeBytes: number;
  /** Calls under way on one plugin. */
  readonly calls: number;
  /** How long a call may take where it does not say, in milliseconds; Infinity for no end. */
  readonly callMs: number;
  /** How long a plugin that is told to stop may take, in milliseconds. */
  readonly graceMs: number;
  /** Async values that wait for readers, of all plugins together; then plugins have to wait. */
  readonly asyncValues: number;
  /** Bytes of those. */
  readonly asyncBytes: number;
  /** How long plugins wait for a reader that takes nothing, in milliseconds. */
  readonly asyncMs: number;
}

export const HUB_LIMITS: HubLimits = {
  messageBytes: 16 * 1024 * 1024,
  unsentBytes: 32 * 1024 * 1024,
  plugins: 1024,
  strangers: 256,
  handshakeMs: 5000,
  handshakeBytes: 1024 * 1024,
  calls: 16_384,
  callMs: 60_000,
  graceMs: 10_000,
  asyncValues: 1024,
  asyncBytes: 8 * 1024 * 1024,
  asyncMs: 5000,
};
