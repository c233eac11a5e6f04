// `gibbon/brpc`: a hub of brpc, and plugins for one.

/**
 * gibbon is brpc's hub, and runs plugins for one. A hub is a {@linkcode Socket}, as in the original; a
 * plugin is made by {@linkcode defineHubPlugin}. docs/brpc.md says how to write both.
 *
 * @example
 * ```ts
 * import { defineHubPlugin, method } from "gibbon/brpc";
 *
 * export default defineHubPlugin({
 *   name: "greeter",
 *   version: "1.0.0",
 *   methods: { greet: method({}, () => "Hello") },
 * });
 * ```
 *
 * @module
 */
export {
  type DefinedHubPlugin,
  defineHubPlugin,
  type HubMethod,
  type HubPluginDefinition,
  type InputOf,
  method,
  type MethodContext,
  MethodError,
  type MethodSchemas,
  type OutputOf,
  type SendAsync,
} from "./plugin/define.ts";
export type { HubDescription } from "./plugin/entity.ts";
export { type HubPluginOptions, runHubPlugin } from "./plugin/run.ts";
export type { HubPluginLimits } from "./plugin/limits.ts";
export {
  type BroadcastResult,
  type CallOptions,
  type DisconnectCallback,
  Hub as Socket,
  type HubOptions as SocketOptions,
} from "./hub/hub.ts";
export type { ClusterLimits, JoinOptions, NatsAccess } from "./hub/cluster/options.ts";
export { type KeySequencer, NUMBERED_NAMES } from "./hub/names.ts";
export type { HubLimits } from "./hub/limits.ts";
export type { AsyncData, HubEntity, HubFunction, PluginInfo } from "./messages.ts";
export { GibbonError } from "../base/errors.ts";
export type { LogFields, Logger } from "../base/log.ts";
