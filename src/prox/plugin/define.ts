// defineProxPlugin: a plugin for prox as its author writes it.
import type { OnError } from "../../base/on_error.ts";
import type { AuthorizeResult, ConnResult, ResponseModResult } from "../messages.ts";
import type { ProxConnection, ProxDisconnect, ProxRequest, ProxResponse } from "./request.ts";
import type { Prox } from "./prox.ts";

/**
 * The mark of a definition. It is the same in every copy of gibbon, so that a plugin which brought
 * its own copy is recognised too.
 */
export const PROX_DEFINITION: unique symbol = Symbol.for("gibbon.prox-definition") as never;

/** A route that the plugin is bound to. */
export interface ProxRoute {
  /** The route's id, such as `gateway:0`; empty if the plugin was started without a route. */
  readonly id: string;
  /** The route's domain pattern; empty if it has none. */
  readonly domain: string;
  /** The route's path pattern; empty if it has none. */
  readonly path: string;
}

/** What a handler gives: at once or later. Nothing stands for "go on". */
export type ProxHandlerResult<T> = T | undefined | void | PromiseLike<T | undefined | void>;

/**
 * A plugin's parts; all may be left out, but one handler there must be. Handlers may be async, and
 * run side by side.
 */
export interface ProxPluginDefinition {
  /** What logs call the plugin. The file's name if left out. */
  readonly name?: string;
  /**
   * What becomes of a call when a handler throws or takes too long. `fail`, which is what happens
   * if nothing is said: the request gets a 500, the connection is closed. `continue`: it goes on
   * without the plugin. Only for plugins that guard nothing.
   */
  readonly onError?: OnError;
  /** How long a handler may take, in milliseconds (default: 30,000). Hosts wait for 5 s or so. */
  readonly deadline?: number;
  /**
   * A route was bound to the plugin, or bound again after a reload. Calls on that route wait until
   * this is done.
   */
  onConfigure?(this: void, route: ProxRoute, prox: Prox): ProxHandlerResult<never>;
  /** A request came in. */
  onRequest?(this: void, req: ProxRequest, prox: Prox): ProxHandlerResult<AuthorizeResult>;
  /** The upstream answered; nothing went to the client yet. The body cannot be changed. */
  onResponse?(
    this: void,
    req: ProxRequest,
    resp: ProxResponse,
    prox: Prox,
  ): ProxHandlerResult<ResponseModResult>;
  /** A connection came in on a `pass` route. */
  onConnect?(this: void, conn: ProxConnection, prox: Prox): ProxHandlerResult<ConnResult>;
  /** A connection is over. */
  onDisconnect?(this: void, event: ProxDisconnect, prox: Prox): ProxHandlerResult<never>;
}

/** A plugin that defineProxPlugin made: a module's default export. */
export interface DefinedProxPlugin {
  readonly [PROX_DEFINITION]: true;
}

/**
 * Defines a plugin for prox. It is a module's default export, and `gibbon prox FILE` runs it.
 *
 * @example
 * ```ts
 * import { allow, defineProxPlugin, deny } from "gibbon/prox";
 *
 * export default defineProxPlugin({
 *   onRequest(req) {
 *     const token = req.header("Authorization");
 *     if (!token) return deny(401, "Who are you?");
 *     return allow({ headers: { "X-Token-Length": String(token.length) } });
 *   },
 * });
 * ```
 */
export function defineProxPlugin(plugin: ProxPluginDefinition): DefinedProxPlugin {
  return Object.freeze({ ...plugin, [PROX_DEFINITION]: true as const });
}
