// Problems of plugins, as log entries and as lines for people.
import { type GibbonError, isGibbonError, messageOf } from "./errors.ts";
import type { LogFields, Logger } from "./log.ts";

/** Logs each problem once; the other plugins go on. */
export function logProblems(problems: readonly GibbonError[], log: Logger): void {
  for (const { message, code, plugin, file, remedy } of problems) {
    log.error(message, { code, plugin, file, remedy });
  }
}

/**
 * Logs an error with its code and what to do.
 *
 * @param where said before them: whose it is, and when it was
 */
export function logProblem(
  log: Logger,
  { message, code, remedy }: GibbonError,
  where: LogFields = {},
): void {
  log.error(message, { ...where, code, remedy });
}

/** What was thrown as one text, with what to do where an error of gibbon's says it. */
export function textWithRemedy(error: unknown): string {
  const text = messageOf(error);
  const remedy = isGibbonError(error) ? error.remedy : undefined;
  return remedy ? `${text}. ${remedy}` : text;
}

/** A problem as lines: what, where, what to do. */
export function formatProblem(error: GibbonError): string {
  const lines = [`${error.code}: ${error.message}`];
  if (error.file && !error.message.includes(error.file)) lines.push(`  at ${error.file}`);
  if (error.remedy) lines.push(`  ${error.remedy}`);
  return lines.join("\n");
}
