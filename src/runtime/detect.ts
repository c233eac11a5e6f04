// The one place that asks which runtime this is.
import type { Runtime } from "./runtime.ts";

/** The adapter for the runtime that runs this; the other two are not even loaded. */
export async function detectRuntime(): Promise<Runtime> {
  const globals = globalThis as { Deno?: unknown; Bun?: unknown };
  if (globals.Bun !== undefined) return (await import("./bun.ts")).createBunRuntime();
  if (globals.Deno !== undefined) return (await import("./deno.ts")).createDenoRuntime();
  return (await import("./node.ts")).createNodeRuntime();
}
