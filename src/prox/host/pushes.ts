// Takes plugins' pushes of targets and speed limits to the routes that they are for.
import type { Logger } from "../../base/log.ts";
import type { Push } from "../lifecycle.ts";
import { isKeyed } from "./balancers.ts";
import type { Binding, RouteInfo } from "./binding.ts";
import type { RouteSpeeds, SpeedEntry } from "./route_speeds.ts";

/** Where pushes go. */
export interface PushTargets {
  readonly bindings: readonly Binding[];
  readonly routes: ReadonlyMap<string, RouteInfo>;
}

/** Who pushes. */
export interface Pusher {
  readonly name: string;
  /** Path of the executable, as bindings name it. */
  readonly path: string;
}

type TargetsPush = Extract<Push, { readonly method: "set_targets" }>;
type SpeedPush = Extract<Push, { readonly method: "set_speed" }>;

/** A route that a push is for. */
type Found = readonly [routeId: string, route: RouteInfo];

/** Replaces the targets of balancers. */
export function applyTargets(push: TargetsPush, by: Pusher, to: PushTargets, log: Logger): void {
  const { targets, groups } = push.params;
  const found = findRoutes(push, by, to).filter(([, route]) => route.balancer);
  if (found.length === 0) warnNoRoute(push, by, log);
  for (const [routeId, { balancer }] of found) {
    if (!balancer) continue;
    if (!groups) balancer.swapTargets(targets);
    else if (isKeyed(balancer)) balancer.swapGroupedTargets(groups);
    else {
      log.warn("groups of targets were ignored: the route's balancer has no keys", {
        plugin: by.name,
        route: routeId,
      });
    }
  }
}

/** Sets the speed limits of routes, in `speeds`. A route that is named need not be there. */
export function applySpeed(
  push: SpeedPush,
  by: Pusher,
  to: PushTargets,
  speeds: RouteSpeeds,
  log: Logger,
): void {
  const { route_id: routeId, action } = push.params;
  const isNamed = action === "" && routeId !== "*";
  const found = isNamed ? [routeId] : findRoutes(push, by, to).map(([routeId]) => routeId);
  if (found.length === 0) warnNoRoute(push, by, log);
  for (const routeId of found) speeds.set(routeId, speedEntry(push));
}

/** The limits that a push names. */
export function speedEntry({ params }: SpeedPush): SpeedEntry {
  return {
    downloadBps: bytesPerSecond(params.download_mbps ?? 0),
    uploadBps: bytesPerSecond(params.upload_mbps ?? 0),
  };
}

function bytesPerSecond(mbps: number): number {
  return mbps <= 0 ? 0 : Math.floor((mbps * 1_000_000) / 8);
}

/** A route by its id only if it is the plugin's own; by action or `"*"`, all. */
function findRoutes(push: TargetsPush | SpeedPush, by: Pusher, to: PushTargets): Found[] {
  const { route_id: routeId, action } = push.params;
  if (action !== "") return [...to.routes].filter(([, route]) => route.action === action);
  if (routeId === "*") return [...to.routes];
  return to.bindings
    .filter((binding) => binding.plugin === by.path && binding.routeId === routeId)
    .slice(0, 1)
    .map((binding) => [routeId, binding.balancer ? { balancer: binding.balancer } : {}]);
}

function warnNoRoute(push: TargetsPush | SpeedPush, by: Pusher, log: Logger): void {
  const { route_id: route, action } = push.params;
  log.warn("a plugin's push is for no route that there is", {
    plugin: by.name,
    method: push.method,
    ...(action === "" ? { route } : { action }),
  });
}
