// The one place that asks which runtime this is.
import type { Runtime } from "./contract.ts";

/** The adapter for the runtime that runs this; the other two are not even loaded. */
export async function detectRuntime(): Promise<Runtime> {
  const globals = globalThis as { Deno?: unknown; Bun?: unknown };
  if (globals.Bun !== undefined) return (await import("./bun/bun.ts")).createBunRuntime();
  if (globals.Deno !== undefined) return (await import("./deno/deno.ts")).createDenoRuntime();
  return (await import("./node/node.ts")).createNodeRuntime();
}
