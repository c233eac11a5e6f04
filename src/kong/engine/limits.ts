// Every bound of the server in one place, with its unit and its default.
import { RESERVED_DESCRIPTORS } from "../../base/descriptors.ts";
import { PLUGIN_FILE_BYTES } from "../../base/regular_file.ts";

/** Bounds; past each of them there is a clear error, and the server goes on. */
export interface Limits {
  /** Largest message that is taken in, in bytes. */
  readonly messageBytes: number;
  /** Deepest nesting of a message that is taken in. */
  readonly nesting: number;
  /** Bytes that may wait for a gateway that does not read. */
  readonly unsentBytes: number;
  /** Requests of one connection that may be under way at once. */
  readonly pipelined: number;
  /** Connections at once. */
  readonly connections: number;
  /** Events under way at once. */
  readonly events: number;
  /** PDK calls of one event that may wait for their turn. */
  readonly queuedCalls: number;
  /** Instances at once. */
  readonly instances: number;
  /** Open files and sockets of a process that connections must leave over. */
  readonly reservedDescriptors: number;
  /** Lines of one cause that the log may have in a second. */
  readonly logLines: number;
  /** Largest file of a plugin, in bytes. */
  readonly pluginFileBytes: number;
  /** How long an event may take, in milliseconds, where its plugin does not say. */
  readonly eventMs: number;
  /** How long a start or stop of an instance may take, in milliseconds. */
  readonly instanceMs: number;
  /** How long an instance is kept without an event, in milliseconds. */
  readonly idleInstanceMs: number;
}

/**
 * Defaults. Kong gives up on an answer after 60 s, so an event's deadline lies below that.
 * A body of 8 MiB and some more has room in a message.
 */
export const DEFAULT_LIMITS: Limits = {
  messageBytes: 16 * 1024 * 1024,
  nesting: 64,
  unsentBytes: 32 * 1024 * 1024,
  pipelined: 1024,
  connections: 16_384,
  events: 16_384,
  queuedCalls: 4096,
  instances: 16_384,
  reservedDescriptors: RESERVED_DESCRIPTORS,
  logLines: 1,
  pluginFileBytes: PLUGIN_FILE_BYTES,
  eventMs: 50_000,
  instanceMs: 20_000,
  idleInstanceMs: 60 * 60 * 1000,
};
