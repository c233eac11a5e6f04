// A plugin of another hub, as its own hub describes it.
import type { PluginInfo } from "../../messages.ts";
import type { PluginElsewhere } from "./other_hubs.ts";

/**
 * A plugin of another hub, as those of this one are described.
 *
 * @param full with its functions
 */
export function describe(
  { name, version, functions, hub }: PluginElsewhere,
  full: boolean,
): PluginInfo {
  return { name, version, functions: full ? readFunctions(functions) : {}, hub };
}

/** @returns none where it is something else */
function readFunctions(json: string): PluginInfo["functions"] {
  try {
    const value: unknown = JSON.parse(json);
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    return isRecord ? value as PluginInfo["functions"] : {};
  } catch {
    return {};
  }
}
