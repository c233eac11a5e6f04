// What a hub is set up with, and what goes with its calls.
import type { Logger } from "../../base/log.ts";
import type { HubRuntime } from "../address.ts";
import type { PluginInfo } from "../messages.ts";
import type { HubLimits } from "./limits.ts";
import type { HubCounts } from "./metrics.ts";
import type { KeySequencer } from "./names.ts";

/** How a hub is set up. */
export interface HubOptions {
  /** The runtime that runs this unless said otherwise. */
  readonly runtime?: HubRuntime;
  /** Takes what people should know of; nothing is logged without it. */
  readonly log?: Logger;
  /** Gives plugins whose name is taken another one; they are refused without it. */
  readonly keySequencer?: KeySequencer;
  readonly limits?: Partial<HubLimits>;
  /** Counts its calls. */
  readonly counts?: HubCounts | undefined;
  /**
   * Shuts the hub down on SIGINT and SIGTERM, as brpc's hub does by itself. The process goes on: it ends
   * when nothing else keeps it. After `shutdown` the signals are nobody's again.
   */
  readonly stopOnSignals?: boolean;
}

/** What goes with a call. */
export interface CallOptions {
  /** Reaches the method as its `ctx.trace`. */
  readonly trace?: string;
  /** When the call is given up, in milliseconds (default: 60,000); Infinity for never. */
  readonly timeoutMs?: number;
  /** Gives the call up. The method runs on: the protocol has no word for it. */
  readonly signal?: AbortSignal;
}

/** What one plugin gave to a broadcast. */
export type BroadcastResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Told when a plugin has left: whether it was asked to, and did so in time. */
export type DisconnectCallback = (info: PluginInfo, graceful: boolean) => void;
