// When a server ends, and what does not end it.
import process from "node:process";
import { logUncaught } from "../core/attribution.ts";
import { stackOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Registry } from "../core/registry.ts";
import type { OptionValues } from "./option_table.ts";
import { watchParent } from "./parent.ts";

/** Errors that a plugin leaves behind never end the server. */
export function catchUncaught(log: Logger, registry: Registry): void {
  const plugins = () => registry.list().map(({ plugin }) => plugin);
  process.on("uncaughtException", (error) => logUncaught(log, "exception", error, plugins()));
  process.on("unhandledRejection", (error) => logUncaught(log, "rejection", error, plugins()));
}

/** The same where plugins are not told apart. */
export function reportUncaught(log: Logger): void {
  const report = (kind: string) => (error: unknown) =>
    log.error(`an ${kind} was left behind`, { stack: stackOf(error) });
  process.on("uncaughtException", report("exception"));
  process.on("unhandledRejection", report("unhandled rejection"));
}

/** The grace time as limits have it; what they say themselves where none was given. */
export function graceLimit({ grace }: OptionValues): { readonly graceMs?: number } {
  return grace === undefined ? {} : { graceMs: grace * 1000 };
}

/** Settles with the reason to stop. A second signal ends the process at once. */
export function stopReason(exitWithParent: boolean): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: string) => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on("SIGTERM", () => onSignal("SIGTERM"));
    process.on("SIGINT", () => onSignal("SIGINT"));
    if (exitWithParent) watchParent(() => resolve("the parent process is gone"));
  });
}
