// Every bound of a hub plugin, with its unit and its default.
import type { LinkLimits } from "../link.ts";

/** Bounds of a plugin; past each of them there is a clear error, and the plugin goes on. */
export interface HubPluginLimits extends LinkLimits {
  /** How long connecting to the hub may take, in milliseconds. */
  readonly connectMs: number;
  /** Calls under way at once. */
  readonly calls: number;
  /** How long calls under way may take when the plugin is told to stop, in milliseconds. */
  readonly graceMs: number;
  /** The pause before the first attempt to connect again, in milliseconds; each later one doubles it. */
  readonly backoffMs: number;
  /** The longest pause, in milliseconds. */
  readonly longestBackoffMs: number;
}

export const HUB_PLUGIN_LIMITS: HubPluginLimits = {
  messageBytes: 16 * 1024 * 1024,
  unsentBytes: 32 * 1024 * 1024,
  connectMs: 10_000,
  calls: 4096,
  graceMs: 10_000,
  backoffMs: 100,
  longestBackoffMs: 30_000,
};
