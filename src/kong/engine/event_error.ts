// What can be wrong with an event, in words.
import type { PendingCall } from "./stand_in.ts";
import { type ErrorCode, GibbonError } from "../../base/errors.ts";
import type { Phase } from "./phases.ts";

/** Which event it is about. */
export interface Blamed {
  readonly instance: { readonly plugin: { readonly name: string } };
  readonly phase: Phase;
}

/** An error of one event. */
export function eventError(
  { instance, phase }: Blamed,
  code: ErrorCode,
  message: string,
  details: { readonly remedy?: string | undefined; readonly cause?: unknown } = {},
): GibbonError {
  return new GibbonError(code, message, { plugin: instance.plugin.name, phase, ...details });
}

/** A call that came after the event's end. */
export function calledLate(event: Blamed, method: string): GibbonError {
  return eventError(event, "EVENT_ENDED", `${method} was called after the event had ended`, {
    remedy: "Await everything that uses the gateway before the handler returns.",
  });
}

/** A call too many. */
export function calledTooOften(event: Blamed, method: string, waiting: number): GibbonError {
  return eventError(event, "LIMIT", `${method} was not called: ${waiting} calls already wait`, {
    remedy: "Await calls before making more of them.",
  });
}

/**
 * An event whose time is over.
 *
 * @param limitMs how long it was allowed to take
 * @param out the call that the gateway has not answered
 */
export function tookTooLong(
  event: Blamed,
  limitMs: number,
  out: PendingCall | undefined,
): GibbonError {
  const limit = `${limitMs / 1000} s`;
  if (!out) {
    return eventError(event, "DEADLINE", `the handler took longer than the event's ${limit}`, {
      remedy: "Use kong.signal to give up in time, or give the plugin a longer deadline.",
    });
  }
  const message = `no answer to ${out.method} within the event's ${limit}`;
  return eventError(event, "PDK_NO_ANSWER", message, {
    remedy: out.options.unanswered ??
      "Look into the gateway's error log: a PDK function that raises is never answered.",
  });
}
