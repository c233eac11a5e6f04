// Imports a plugin's module without letting it hold up the server.
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
  runtime: Runtime,
  file: string,
  version: number,
  limitMs: number,
  fileBytes?: number,
): Promise<ModuleNamespace> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const limit = `${limitMs / 1000} s`;
      reject(new Error(`it was not done after ${limit}: something at its top level waits`));
    }, limitMs);
  });
  try {
    return await Promise.race([importChecked(runtime, file, version, fileBytes), late]);
  } finally {
    clearTimeout(timer);
  }
}
