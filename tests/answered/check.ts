// Runs a property in a process of its own, since a test's runner takes rejections that nobody handles
// for its own business. Says what came of it as JSON on stdout.
import fc from "fast-check";
import process from "node:process";
import { stackOf } from "../../src/base/errors.ts";
import { createLogger } from "../../src/base/log.ts";
import { PluginRegistry } from "../../src/kong/engine/registry.ts";
import { catchUncaught } from "../../src/kong/server/uncaught.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import { handlers, type Step } from "./steps.ts";

/** What a run says. */
export interface Report {
  readonly failed: boolean;
  readonly runs: number;
  readonly seed: number;
  /** What is wrong with the smallest example, and how to have it again. */
  readonly message: string;
}

/** How long an event may take, in milliseconds. */
export const LIMIT_MS = 400;

/** After how many milliseconds nobody waits for an answer any more. */
const PATIENCE_MS = 5000;

/** How long all of it may take, in milliseconds: what never ends takes its time to be made small. */
const LONGEST_MS = 60_000;

/** Handlers that run at once. */
const AT_ONCE = 24;

/** Settles with what something gives, or fails when it has taken too long. */
export async function inTime<T>(what: string, something: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was never answered`)), PATIENCE_MS);
  });
  return await Promise.race([something, late]).finally(() => clearTimeout(timer));
}

/**
 * Checks a property of handlers, as often as the first argument of the process says, with the seed of
 * the second.
 *
 * @param prove throws if it does not hold for these handlers, which run at once
 */
export async function checkHandlers(
  hasGateway: boolean,
  prove: (handlers: readonly (readonly Step[])[]) => Promise<void>,
): Promise<void> {
  const [, , runs = "10", seed] = process.argv;
  const runtime = await detectRuntime();
  // As a server has it: nothing that a plugin leaves behind ends the process.
  catchUncaught(runtime, createLogger(() => {}), new PluginRegistry());
  runtime.guardProcess();
  const some = fc.array(handlers(hasGateway), { minLength: 1, maxLength: AT_ONCE, size: "max" });
  const details = await fc.check(fc.asyncProperty(some, prove), {
    numRuns: Number(runs),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    interruptAfterTimeLimit: LONGEST_MS,
    markInterruptAsFailure: true,
  });
  const report: Report = {
    failed: details.failed,
    runs: details.numRuns,
    seed: details.seed,
    message: details.failed
      ? `${fc.defaultReportMessage(details)}\n${stackOf(details.errorInstance)}`
      : "",
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
