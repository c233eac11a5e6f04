// What a plugin can import from "gibbon": the API and nothing else.

/**
 * gibbon runs TypeScript and JavaScript plugins for Kong Gateway. A plugin is a module whose default
 * export is made by {@linkcode definePlugin}; docs/plugins.md says how to write one.
 *
 * @example
 * ```ts
 * import { definePlugin } from "gibbon";
 *
 * export default definePlugin({
 *   async access(kong) {
 *     const name = await kong.request.getQueryArg("name");
 *     kong.response.exit(200, `Hello, ${name ?? "stranger"}!\n`);
 *   },
 * });
 * ```
 *
 * @module
 */
export {
  type ConfigSchema,
  type DefinedPlugin,
  definePlugin,
  type HandlerResult,
  type NoConfig,
  type PhaseHandler,
  type PluginDefinition,
} from "./src/kong/pdk/define_plugin.ts";
export { ERROR_CODES, type ErrorCode, type ErrorDetails, GibbonError } from "./src/base/errors.ts";
export type { Phase } from "./src/kong/engine/phases.ts";
export type { OnError } from "./src/base/on_error.ts";
export type { Kong } from "./src/kong/pdk/kong.ts";
export type {
  Consumer,
  Credential,
  Entity,
  EntityReference,
  IpMatch,
  LogRecord,
  MemoryStats,
  NginxStatistics,
  Route,
  Service,
  VaultReference,
} from "./src/kong/pdk/entities.ts";
export type { HeaderValue, HeaderValues } from "./src/kong/pdk/headers.ts";
export type { HeaderMap, QueryMap, UriCaptures } from "./src/kong/pdk/results.ts";
export type { QueryValues } from "./src/kong/pdk/service_request.ts";
export {
  type DefinedProxPlugin,
  defineProxPlugin,
  type ProxHandlerResult,
  type ProxPluginDefinition,
  type ProxRoute,
} from "./src/prox/plugin/define.ts";
export {
  acceptConn,
  allow,
  type AllowOptions,
  deny,
  type DenyOptions,
  drop,
  fallback,
  type ModifyOptions,
  modifyResponse,
  rejectConn,
} from "./src/prox/plugin/verdicts.ts";
export type { Prox, ProxRoutes, ProxTargets } from "./src/prox/plugin/prox.ts";
export type {
  ProxConnection,
  ProxDisconnect,
  ProxRequest,
  ProxResponse,
} from "./src/prox/plugin/request.ts";
export type {
  AuthorizeResult,
  ConnInfo,
  ConnResult,
  DisconnectInfo,
  Headers,
  RequestInfo,
  ResponseModResult,
  SpeedLimit,
  UpstreamResponseInfo,
} from "./src/prox/messages.ts";
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
} from "./src/brpc/plugin/define.ts";
export { type HubPluginOptions, runHubPlugin } from "./src/brpc/plugin/run.ts";
export type { HubPluginLimits } from "./src/brpc/plugin/limits.ts";
export {
  type BroadcastResult,
  type CallOptions,
  type DisconnectCallback,
  Socket,
  type SocketOptions,
} from "./src/brpc/hub/socket.ts";
export { type KeySequencer, NUMBERED_NAMES } from "./src/brpc/hub/names.ts";
export type { HubLimits } from "./src/brpc/hub/limits.ts";
export type { AsyncData, HubEntity, HubFunction, PluginInfo } from "./src/brpc/messages.ts";
export type { LogFields, Logger } from "./src/base/log.ts";
