// Whose fault it is: traces errors that nobody caught to the plugin and the event that left them.
import { AsyncLocalStorage } from "node:async_hooks";
import { pathToFileURL } from "node:url";
import { isGibbonError, loadedStackOf, messageOf, stackOf } from "../../base/errors.ts";
import { attempt } from "../../base/printable.ts";
import type { Event } from "./event.ts";
import { failUnheard } from "./unheard.ts";
import { RequestEnded } from "./turn.ts";
import type { Logger } from "../../base/log.ts";
import type { Plugin } from "./plugin.ts";

const storage = new AsyncLocalStorage<Event>();

/** Runs a handler so that `whoseFault` can trace what it leaves behind. */
export function attribute(event: Event, run: () => void): void {
  storage.run(event, run);
}

/** Whose code runs now, for the log; nothing where that is nobody's event. */
export function whoRuns(): Fault & { readonly request?: string | undefined } {
  const event = storage.getStore();
  if (!event) return {};
  const { instance: { plugin, id }, phase, requestId } = event;
  return { plugin: plugin.name, phase, instance: id, request: requestId };
}

/** Where an error comes from, as far as that can be told. */
export interface Fault {
  readonly plugin?: string | undefined;
  readonly phase?: string | undefined;
  readonly instance?: number | undefined;
}

/**
 * Traces an error. The runtimes differ: Node knows the event in every case, Deno for rejections and
 * Bun for exceptions; what is left is found by the plugins' files in the error's stack.
 */
export function whoseFault(error: unknown, plugins: readonly Plugin[]): Fault {
  const event = storage.getStore();
  if (event) {
    const { instance, phase } = event;
    return { plugin: instance.plugin.name, phase, instance: instance.id };
  }
  if (isGibbonError(error) && error.plugin !== undefined) {
    return { plugin: error.plugin, phase: error.phase };
  }
  const stack = loadedStackOf(error);
  return { plugin: plugins.find((plugin) => mentions(stack, plugin))?.name };
}

/**
 * Logs an error that nobody caught. An exit that was not awaited is none; a call of an event that
 * failed, and nobody noticed, fails the event, which is logged as such.
 */
export function logUncaught(
  log: Logger,
  kind: "exception" | "rejection",
  error: unknown,
  plugins: readonly Plugin[],
): void {
  if (attempt(() => error instanceof RequestEnded) || failUnheard(error)) return;
  const fault = whoseFault(error, plugins);
  log.error(`an unhandled ${kind}: ${messageOf(error)}`, {
    ...fault,
    plugin: fault.plugin ?? "(not known)",
    remedy: "Await what the handler starts, and catch what may fail.",
    stack: stackOf(error),
  });
}

/** Whether a stack has a frame in a plugin's module: as a path, or as a URL, which escapes some. */
function mentions(stack: string, { file, realFile = file }: Plugin): boolean {
  return [file, realFile].some((path) =>
    stack.includes(path) || stack.includes(pathToFileURL(path).pathname)
  );
}
