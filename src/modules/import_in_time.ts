// Imports a plugin's module without letting it hold up the server.
import { inTime } from "../base/waiting.ts";
import type { ModuleNamespace, Runtime } from "../runtime/contract.ts";
import { importChecked } from "./import_checked.ts";

/**
 * Imports a module.
 *
 * @param limitMs how long a module may wait for something at its top level, in milliseconds. One that
 *   computes all the time cannot be interrupted.
 * @param fileBytes see `Runtime.importModule`
 * @throws {Error} if it takes longer; whatever `importChecked` rejects with
 */
export async function importInTime(
  runtime: Pick<Runtime, "importModule">,
  file: string,
  version: number | undefined,
  limitMs: number,
  fileBytes?: number,
): Promise<ModuleNamespace> {
  const late = () =>
    new Error(`it was not done after ${limitMs / 1000} s: something at its top level waits`);
  return await inTime(limitMs, importChecked(runtime, file, version, fileBytes), late);
}
