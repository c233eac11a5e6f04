// From the options of `gibbon serve` to what a server is told; the defaults of those options.
import { availableParallelism } from "node:os";
import { DEFAULT_LIMITS, type Limits } from "../kong/engine/limits.ts";
import { LIMIT_FIELDS, type LimitName } from "./limit_options.ts";
import type { OptionValues } from "./option_table.ts";
import type { ServerOptions } from "../kong/server/options.ts";
import { socketOptions, socketPath } from "./socket_options.ts";

/** How long events under way may take after SIGTERM, in seconds. */
const DEFAULT_GRACE = 10;

/** How long a worker may be blocked, in seconds. */
const DEFAULT_TIMEOUT = 10;

/**
 * Translates the options.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function serverOptions(options: OptionValues): ServerOptions {
  const { pluginsDirectory, workers = 1, watch = false, logLevel = "info" } = options;
  return {
    ...(pluginsDirectory === undefined ? {} : { pluginsDirectory }),
    socket: { path: socketPath(options), file: socketOptions(options) },
    maySetPluginDir: pluginsDirectory === undefined || options.allowSetPluginDir === true,
    watch,
    workers: workers === "auto" ? availableParallelism() : workers,
    workerTimeoutMs: (options.workerTimeout ?? DEFAULT_TIMEOUT) * 1000,
    graceMs: (options.grace ?? DEFAULT_GRACE) * 1000,
    limits: limitsOf(options),
    logLevel,
    ...(options.logFormat === undefined ? {} : { logFormat: options.logFormat }),
    ...(options.traces === undefined ? {} : { traces: options.traces }),
    ...(options.metrics === undefined ? {} : { metrics: true }),
  };
}

function limitsOf(options: OptionValues): Limits {
  const given: Record<string, number | undefined> = {
    eventMs: options.deadline === undefined ? undefined : options.deadline * 1000,
    idleInstanceMs: options.idleInstance === undefined ? undefined : options.idleInstance * 1000,
  };
  for (const [name, field] of Object.entries(LIMIT_FIELDS)) {
    given[field] = options[name as LimitName];
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(set) };
}
