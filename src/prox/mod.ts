// `gibbon/prox`: what a plugin of the reverse proxy prox is written with.

/**
 * gibbon runs TypeScript and JavaScript plugins for the reverse proxy prox. A plugin is a module whose
 * default export is made by {@linkcode defineProxPlugin}; docs/prox.md says how to write one.
 *
 * @example
 * ```ts
 * import { allow, defineProxPlugin, deny } from "gibbon/prox";
 *
 * export default defineProxPlugin({
 *   onRequest: (request) => request.headers["X-Key"] === "secret" ? allow() : deny(401),
 * });
 * ```
 *
 * @module
 */
export {
  type DefinedProxPlugin,
  defineProxPlugin,
  type ProxHandlerResult,
  type ProxPluginDefinition,
  type ProxRoute,
} from "./plugin/define.ts";
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
} from "./plugin/verdicts.ts";
export type { Prox, ProxRoutes, ProxTargets } from "./plugin/prox.ts";
export type {
  ProxConnection,
  ProxDisconnect,
  ProxRequest,
  ProxResponse,
} from "./plugin/request.ts";
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
} from "./messages.ts";
export { GibbonError } from "../base/errors.ts";
export type { OnError } from "../base/on_error.ts";
export type { LogFields, Logger } from "../base/log.ts";
