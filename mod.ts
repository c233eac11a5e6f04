// What a plugin can import from "gibbon": the API and nothing else.

/**
 * gibbon runs TypeScript and JavaScript plugins for Kong Gateway. A plugin is a module whose default
 * export is made by {@linkcode definePlugin}; docs/authors/plugins.md says how to write one.
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
export type { LogFields, Logger } from "./src/base/log.ts";
