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
  const none: PluginInfo["functions"] = {};
  if (!full) return { name, version, functions: none, hub };
  try {
    const value: unknown = JSON.parse(functions);
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    return { name, version, functions: isRecord ? value as PluginInfo["functions"] : none, hub };
  } catch {
    return { name, version, functions: none, hub };
  }
}
