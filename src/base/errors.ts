// The one error class of gibbon, and the closed list of what can go wrong.
import { attempt, cut, printable, property } from "./printable.ts";
import { inSources } from "./source_maps.ts";

/**
 * Everything that gibbon itself reports as an error, by code. docs/errors.md explains each of
 * them; a test holds the two lists together.
 */
export const ERROR_CODES = [
  "CALL_FAILED",
  "CONFIG_INVALID",
  "DEADLINE",
  "DRAINING",
  "EVENT_ENDED",
  "FORBIDDEN",
  "LIMIT",
  "NO_EVENT",
  "NO_INSTANCE",
  "OPTION_INVALID",
  "PDK_ARGUMENT",
  "PDK_FAILED",
  "PDK_NO_ANSWER",
  "PDK_PHASE",
  "PHASE_UNSUPPORTED",
  "PLUGIN_BROKEN",
  "PLUGIN_DIRECTORY",
  "PLUGIN_DUPLICATE",
  "PLUGIN_INVALID",
  "PLUGIN_STOPPED",
  "PLUGIN_UNKNOWN",
  "PROTOCOL",
  "SOCKET_FAILED",
  "SOCKET_IN_USE",
  "STEP_UNEXPECTED",
] as const;

/** One of the codes that docs/errors.md explains. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Where an error happened and what to do about it; every part is optional. */
export interface ErrorDetails {
  /** Name of the plugin concerned. */
  readonly plugin?: string | undefined;
  /** Phase, hook or method that was running. */
  readonly phase?: string | undefined;
  /** File, with line and column where they are known: `/plugins/auth.ts:12:3`. */
  readonly file?: string | undefined;
  /** What the reader can do about it, as a sentence. */
  readonly remedy?: string | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/**
 * An error that gibbon reports: a code for programs, a message for people, and where it happened.
 *
 * @example
 * ```ts
 * import { GibbonError } from "gibbon";
 *
 * const error = new GibbonError("PLUGIN_UNKNOWN", 'There is no plugin "auth"', {
 *   remedy: "Check the plugins directory.",
 * });
 * console.assert(error.code === "PLUGIN_UNKNOWN");
 * ```
 */
export class GibbonError extends Error {
  override readonly name = "GibbonError";
  readonly code: ErrorCode;
  readonly plugin: string | undefined;
  readonly phase: string | undefined;
  readonly file: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.plugin = details.plugin;
    this.phase = details.phase;
    this.file = details.file;
    this.remedy = details.remedy;
  }
}

/** The message of anything that was thrown: a plugin can throw strings, null, or worse. Never throws. */
export function messageOf(thrown: unknown): string {
  return printable(thrown);
}

/**
 * Stack of anything that was thrown, or its message where there is none. Compiled modules that have
 * a source map are told as their sources. Never throws.
 */
export function stackOf(thrown: unknown): string {
  return inSources(loadedStackOf(thrown));
}

/** The same with the files that were loaded, whatever they were compiled from. Never throws. */
export function loadedStackOf(thrown: unknown): string {
  const stack = typeof thrown === "object" ? property(thrown, "stack") : undefined;
  return typeof stack === "string" && stack !== "" ? cut(stack) : messageOf(thrown);
}

/** The system's code of an error: EEXIST and its like. Never throws. */
export function codeOf(error: unknown): unknown {
  return property(error, "code");
}

/** Whether something was thrown by gibbon itself. Never throws, as `instanceof` can. */
export function isGibbonError(thrown: unknown): thrown is GibbonError {
  return attempt(() => thrown instanceof GibbonError) ?? false;
}
