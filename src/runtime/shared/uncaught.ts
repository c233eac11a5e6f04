// Errors that nobody caught: told to gibbon first, and to nobody instead of it.
import process from "node:process";
import type { UncaughtHandler, UncaughtKind } from "../contract.ts";

/** Plugins listen by these names, and are called after gibbon. */
const EVENTS = { exception: "uncaughtException", rejection: "unhandledRejection" } as const;

let handler: UncaughtHandler | undefined;

/**
 * Implements `Runtime.onUncaught`. Exceptions come by the runtime's one callback for them, so that
 * listeners of plugins are called by `tell` alone: one that throws ends the process everywhere if
 * the runtime calls it.
 */
export function onUncaught(next: UncaughtHandler): void {
  const isFirst = handler === undefined;
  handler = next;
  if (!isFirst) return;
  process.setUncaughtExceptionCaptureCallback((error) => {
    tell("exception", error);
    tellListeners("exception", error);
  });
  if ("Deno" in globalThis) listenBeforeOthers();
  else process.on(EVENTS.rejection, (error) => tell("rejection", error));
}

/** Tells gibbon of an error. Never throws. */
export function tell(kind: UncaughtKind, error: unknown): void {
  try {
    handler?.(kind, error);
  } catch {
    // Whoever could hear of that has just failed.
  }
}

/** Deno tells the listeners of the page's kind before those of the process, and may be told to stop. */
function listenBeforeOthers(): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const { reason } = event as unknown as { readonly reason: unknown };
    tell("rejection", reason);
    tellListeners("rejection", reason);
  });
  // Exceptions come by the callback as well.
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}

/** Plugins' listeners hear it too. Those that the guard has wrapped throw nothing. */
function tellListeners(kind: UncaughtKind, error: unknown): void {
  try {
    process.emit(EVENTS[kind] as "uncaughtException", error as Error);
  } catch (failure) {
    tell("exception", failure);
  }
}
