// Errors that nobody caught, in a process that runs plugins for Kong.
import process from "node:process";
import { logUncaught } from "../engine/attribution.ts";
import type { Logger } from "../../base/log.ts";
import type { PluginRegistry } from "../engine/registry.ts";

/** Errors that a plugin leaves behind never end the server. */
export function catchUncaught(log: Logger, registry: PluginRegistry): void {
  const plugins = () => registry.list().map(({ plugin }) => plugin);
  process.on("uncaughtException", (error) => logUncaught(log, "exception", error, plugins()));
  process.on("unhandledRejection", (error) => logUncaught(log, "rejection", error, plugins()));
}
