// When a server ends, and what does not end it.
import process from "node:process";
import { stackOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { logProblem } from "../base/problems.ts";
import { damageError, patrolBuiltIns } from "../runtime/shared/builtins/damage.ts";
import { endProcess } from "../runtime/shared/end_guard.ts";
import type { Runtime } from "../runtime/contract.ts";
import type { OptionValues } from "./option_table.ts";
import { watchParent } from "./parent.ts";

/** Errors that a plugin leaves behind never end the process. Plugins are not told apart here. */
export function reportUncaught(runtime: Pick<Runtime, "onUncaught">, log: Logger): void {
  runtime.onUncaught((kind, error) =>
    log.error(`an unhandled ${kind} was left behind`, { stack: stackOf(error) })
  );
}

/** Looks after the built-in objects. A process that a plugin has spoilt for good is ended. */
export function patrolForOne(log: Logger): void {
  patrolBuiltIns({
    found: (damage) => logProblem(log, damageError("A plugin", damage)),
    spoilt: (error) => {
      logProblem(log, error);
      endProcess(1);
    },
  });
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
      if (asked) endProcess(1);
      asked = true;
      resolve(signal);
    };
    process.on("SIGTERM", () => onSignal("SIGTERM"));
    process.on("SIGINT", () => onSignal("SIGINT"));
    if (exitWithParent) watchParent(() => resolve("the parent process is gone"));
  });
}
