// The options that set a bound of the server: what each is called, what it takes, which bound it is.
import type * as v from "valibot";
import type { Limits } from "../kong/engine/limits.ts";
import { count, KIB, MIB, size } from "./option_values.ts";

/** An option for a bound. */
interface LimitOption {
  readonly flag: string;
  readonly help: string;
  /** Help lists it under its own heading. */
  readonly isLimit: true;
}

function limit(flag: string, help: string): LimitOption {
  return { flag, help, isLimit: true };
}

/** They are tabled, with what happens past each, in docs/operators/operating.md. */
export const LIMIT_OPTIONS = {
  maxMessage: limit("--max-message <size>", "A message from Kong (default: 16MiB)"),
  maxNesting: limit("--max-nesting <number>", "Its nesting (default: 64)"),
  maxUnsent: limit(
    "--max-unsent <size>",
    "A message to Kong, and what waits for a Kong that does not read (default: 32MiB)",
  ),
  maxConnections: limit("--max-connections <number>", "Connections of a process (default: 16384)"),
  maxPipelined: limit(
    "--max-pipelined <number>",
    "Requests under way on one connection (default: 1024)",
  ),
  maxEvents: limit("--max-events <number>", "Events under way in a process (default: 16384)"),
  maxQueuedCalls: limit(
    "--max-queued-calls <number>",
    "PDK calls of one event that wait for their turn (default: 4096)",
  ),
  maxInstances: limit("--max-instances <number>", "Instances (default: 16384)"),
  maxPluginFile: limit("--max-plugin-file <size>", "A file of a plugin (default: 10MiB)"),
  maxLogLines: limit(
    "--max-log-lines <number>",
    "Lines of one cause in the log, in a second (default: 1)",
  ),
  reserveDescriptors: limit(
    "--reserve-descriptors <number>",
    "Open files that connections leave over for gibbon and its plugins (default: 32)",
  ),
} as const satisfies Record<string, LimitOption>;

/** The name of such an option's value. */
export type LimitName = keyof typeof LIMIT_OPTIONS;

/** The bound that each of them sets. */
export const LIMIT_FIELDS: Readonly<Record<LimitName, keyof Limits>> = {
  maxMessage: "messageBytes",
  maxNesting: "nesting",
  maxUnsent: "unsentBytes",
  maxConnections: "connections",
  maxPipelined: "pipelined",
  maxEvents: "events",
  maxQueuedCalls: "queuedCalls",
  maxInstances: "instances",
  maxPluginFile: "pluginFileBytes",
  maxLogLines: "logLines",
  reserveDescriptors: "reservedDescriptors",
};

/**
 * What the values have to be. Errors, and the answer that stops a request, always have room; and
 * worker processes exchange messages of twice the largest one.
 */
export const LIMIT_VALUES = {
  maxMessage: size(64 * KIB, 256 * MIB),
  maxNesting: count(8, 512),
  maxUnsent: size(64 * KIB, 256 * MIB),
  maxConnections: count(1, 1_000_000),
  maxPipelined: count(1, 1_000_000),
  maxEvents: count(1, 1_000_000),
  maxQueuedCalls: count(1, 1_000_000),
  maxInstances: count(1, 1_000_000),
  maxPluginFile: size(KIB, 1024 * MIB),
  maxLogLines: count(1, 1_000_000),
  reserveDescriptors: count(0, 1_000_000),
} as const satisfies Record<LimitName, v.GenericSchema>;
