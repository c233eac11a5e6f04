// Looks after the built-in objects of a process that runs plugins for Kong.
import type { Logger } from "../../base/log.ts";
import { logProblem } from "../../base/problems.ts";
import { damageError, patrolBuiltIns } from "../../runtime/shared/builtins/damage.ts";
import { watchPdk } from "../pdk/watched.ts";
import type { KongServer } from "../protocol/server.ts";

/**
 * Looks after them from now on. What was changed is put back, and the log says what and, as far as it
 * can be told, whose plugin did it.
 *
 * @param spoilt told, at most once, that something cannot be put back, who did it if that is known, and
 *   what it is
 */
export function patrol(
  { instances }: KongServer,
  log: Logger,
  spoilt: (plugin: string | undefined, what: string) => void,
): void {
  let told = false;
  watchPdk();
  patrolBuiltIns({
    found(damage, sinceMs) {
      const names = instances.usedSince(sinceMs);
      const who = names.length === 1 ? `Plugin ${names[0]}` : "A plugin";
      logProblem(log, damageError(who, damage), { plugin: names.join(" or ") || undefined });
    },
    spoilt(error, plugin) {
      if (told) return;
      told = true;
      // First: the log may need what is spoilt.
      spoilt(plugin, error.message);
      logProblem(log, error, { plugin });
    },
  });
}
