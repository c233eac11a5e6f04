// Which plugins have a hook on a route: made anew when something changes, looked up on each request.
import { HOOK_NAMES, type HookName } from "../messages.ts";
import type { Binding } from "./binding.ts";
import type { Caller } from "./caller.ts";

/** The hooks of one route. */
export interface RouteHooks {
  /** How long the calls of one hook may take together, in milliseconds. */
  readonly timeoutMs: number;
  /** Callers in the order of the bindings. */
  readonly callers: Readonly<Record<HookName, readonly Caller[]>>;
}

/** A plugin as far as the index is concerned. */
export interface HookedPlugin {
  readonly caller: Caller | undefined;
  readonly hooks: readonly HookName[];
}

/**
 * Makes the index.
 *
 * @param plugins by their path
 * @param callMs the timeout of routes for which no binding has one
 */
export function indexHooks(
  bindings: readonly Binding[],
  plugins: ReadonlyMap<string, HookedPlugin>,
  callMs: number,
): ReadonlyMap<string, RouteHooks> {
  const index = new Map<string, RouteHooks>();
  for (const [routeId, ofRoute] of Map.groupBy(bindings, ({ routeId }) => routeId)) {
    const timeoutMs = ofRoute.find((binding) => binding.timeoutMs)?.timeoutMs ?? callMs;
    const ready = [...new Set(ofRoute.map((binding) => plugins.get(binding.plugin)))];
    const callers = Object.fromEntries(
      HOOK_NAMES.map((hook) => [hook, ready.flatMap((plugin) => callersOf(plugin, hook))]),
    ) as unknown as RouteHooks["callers"];
    index.set(routeId, { timeoutMs, callers });
  }
  return index;
}

function callersOf(plugin: HookedPlugin | undefined, hook: HookName): Caller[] {
  return plugin?.caller && plugin.hooks.includes(hook) ? [plugin.caller] : [];
}
