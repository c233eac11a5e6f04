// Keeps modules from ending the process while they are imported.
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

/** Something with an `exit`: `process`, and on Deno `Deno`, which the imported `exit` goes through. */
interface Exiting {
  exit: typeof process.exit;
}

/** How many are under way: like `process`, there is one of it. */
let guarded = 0;

/**
 * Runs something during which ending the process is an error, thrown where it was tried. Signals
 * and crashes still end it.
 */
export async function withoutExit<T>(run: () => Promise<T>): Promise<T> {
  const { Deno } = globalThis as { Deno?: Exiting };
  const restores = [process as Exiting, ...(Deno ? [Deno] : [])].map(guard);
  syncBuiltinESMExports();
  guarded++;
  try {
    return await run();
  } finally {
    guarded--;
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  }
}

function guard(target: Exiting): () => void {
  const { exit } = target;
  // A module on Bun that imports `exit` keeps this one: it has to be right later on as well.
  target.exit = (code) => {
    if (guarded === 0) return exit(code);
    throw new Error(`process.exit(${code ?? ""}) was called while the module was being loaded`);
  };
  return () => target.exit = exit;
}
