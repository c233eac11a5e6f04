// From the options of `gibbon serve` to what a server is told; the defaults of those options.
import { availableParallelism } from "node:os";
import { DEFAULT_LIMITS, type Limits } from "../kong/engine/limits.ts";
import { LIMIT_FIELDS, type LimitName } from "./limit_options.ts";
import type { OptionValues } from "./option_table.ts";
import type { ServerOptions } from "../kong/server/options.ts";
import { socketOptions, socketPath } from "./socket_options.ts";

/** How long events under way may take after SIGTERM, in seconds. */
const DEFAULT_GRACE = 10;

/**
 * Processor cores for each worker of `--workers auto`. Kong's own workers run on the same cores, and a
 * request costs them more than it costs gibbon: with a worker on each core, all are slower.
 */
const CORES_A_WORKER = 2;

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
    workers: workers === "auto" ? autoWorkers(availableParallelism()) : workers,
    workerTimeoutMs: (options.workerTimeout ?? DEFAULT_TIMEOUT) * 1000,
    graceMs: (options.grace ?? DEFAULT_GRACE) * 1000,
    limits: limitsOf(options),
    logLevel,
    ...(options.logFormat === undefined ? {} : { logFormat: options.logFormat }),
    ...(options.traces === undefined ? {} : { traces: options.traces }),
    ...(options.metrics === undefined ? {} : { metrics: true }),
  };
}

/**
 * How many workers `--workers auto` starts.
 *
 * @param cores processor cores that this process may use
 */
export function autoWorkers(cores: number): number {
  return Math.max(1, Math.floor(cores / CORES_A_WORKER));
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
