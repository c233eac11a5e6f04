// What is known of a module beside what it exports, and the errors that name it.
import { type ErrorCode, GibbonError } from "../base/errors.ts";
import type { Candidate } from "./find.ts";
import { locate } from "./locate.ts";

/** A module whose exports are looked at. */
export interface ModuleInfo extends Candidate {
  /** When it was loaded, in Unix seconds. */
  readonly loadedAt: number;
}

/**
 * An error about a part of a plugin.
 *
 * @param part the word in the module that the error is about
 */
export function moduleProblem(
  code: ErrorCode,
  module: ModuleInfo,
  part: string,
  message: string,
  remedy: string,
): GibbonError {
  return new GibbonError(code, message, {
    plugin: module.name,
    file: locate(module.file, part),
    remedy,
  });
}

/** A value in a few words, for messages. */
export function inWords(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
