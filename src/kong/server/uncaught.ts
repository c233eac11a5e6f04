// Errors that nobody caught, in a process that runs plugins for Kong.
import { logUncaught } from "../engine/attribution.ts";
import type { Logger } from "../../base/log.ts";
import type { PluginRegistry } from "../engine/registry.ts";
import type { Runtime } from "../../runtime/contract.ts";

/** Errors that a plugin leaves behind never end the server. To be called before plugins are loaded. */
export function catchUncaught(
  runtime: Pick<Runtime, "onUncaught">,
  log: Logger,
  registry: PluginRegistry,
): void {
  runtime.onUncaught((kind, error) =>
    logUncaught(log, kind, error, registry.list().map(({ plugin }) => plugin))
  );
}
