// How Kong's client carries results of PDK functions: the method of the step, and what it repairs.
import { Bin } from "../lua/pack.ts";
import { isLuaString } from "../lua/bytes.ts";
import { entriesOf, isLuaTable } from "../lua/values.ts";

const STEPS: ReadonlyMap<string, string> = new Map([
  ["kong.client.authenticate", "plugin.StepCredential"],
  ["kong.client.get_consumer", "plugin.StepConsumer"],
  ["kong.client.get_credential", "plugin.StepCredential"],
  ["kong.client.load_consumer", "plugin.StepConsumer"],
  ["kong.node.get_memory_stats", "plugin.StepMemoryStats"],
  ["kong.request.get_headers", "plugin.StepMultiMap"],
  ["kong.request.get_query", "plugin.StepMultiMap"],
  ["kong.response.get_headers", "plugin.StepMultiMap"],
  ["kong.router.get_route", "plugin.StepRoute"],
  ["kong.router.get_service", "plugin.StepService"],
  ["kong.service.response.get_headers", "plugin.StepMultiMap"],
]);

const RAW: ReadonlySet<string> = new Set([
  "kong.request.get_raw_body",
  "kong.service.response.get_raw_body",
]);

/**
 * The method that carries a result. It hangs on the PDK function, also for nil; a result can name
 * its own with a key `_method`.
 */
export function stepMethod(method: string, result: unknown): string {
  const own = isLuaTable(result) ? (result as { _method?: unknown })._method : undefined;
  return typeof own === "string" ? own : STEPS.get(method) ?? "plugin.Step";
}

/** A result as Kong's client packs it: bodies as bin, headers and queries as maps of lists. */
export function repairResult(method: string, result: unknown): unknown {
  if (STEPS.get(method) === "plugin.StepMultiMap") return multiMap(result);
  return RAW.has(method) ? new Bin(result) : result;
}

/** Lone strings become lists, a lone `true` an empty one, and an empty table a map. */
function multiMap(result: unknown): unknown {
  if (!isLuaTable(result)) return result;
  return new Map(
    entriesOf(result).map(([name, value]) => {
      if (value === true) return [name, []];
      return [name, isLuaString(value) ? [value] : value];
    }),
  );
}
