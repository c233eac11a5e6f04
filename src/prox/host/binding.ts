// What a host's configuration says about plugins and routes.
import type { MatchInfo } from "../lifecycle.ts";
import type { Balancer } from "./balancers.ts";

/** A plugin on a route. */
export interface Binding {
  /** What logs call the plugin; the file's name if left out. */
  readonly name?: string;
  /** Empty for a plugin that is started without a route. */
  readonly routeId: string;
  /** Path of the plugin's executable. */
  readonly plugin: string;
  readonly match?: MatchInfo;
  /** Takes the targets that the plugin pushes for this route. */
  readonly balancer?: Balancer;
  /**
   * How long the calls of one hook on this route may take together, in milliseconds. Of a route's
   * bindings the first that says it counts.
   */
  readonly timeoutMs?: number;
}

/** A route, for pushes to routes by their action or to all. */
export interface RouteInfo {
  readonly action?: string;
  readonly balancer?: Balancer;
}
