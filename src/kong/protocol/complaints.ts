// What the log says of requests that fail, the same over both protocols.
import { isGibbonError, messageOf, stackOf } from "../../base/errors.ts";
import type { LogFields, Logger } from "../../base/log.ts";

/** What is known of the error of a request. */
export function failureFields(method: unknown, error: unknown): LogFields {
  const known = isGibbonError(error) ? error : undefined;
  return {
    method,
    plugin: known?.plugin,
    code: known?.code,
    remedy: known?.remedy,
    stack: known ? undefined : stackOf(error),
  };
}

/** The last call of an event cannot be sent. */
export function logLostExit(
  log: Logger,
  plugin: string | undefined,
  method: string,
  error: unknown,
): void {
  const known = isGibbonError(error) ? error : undefined;
  log.error("an event could not end as it wanted; the request is stopped", {
    plugin,
    code: known?.code,
    error: `the arguments of ${method} cannot be sent: ${messageOf(error)}`,
    remedy: known?.remedy,
  });
}
