// Keeps modules from ending the process while they are imported.
import { syncBuiltinESMExports } from "node:module";
import type { Runtime } from "../contract.ts";

/** Something by which a module can end the process. */
export interface Exiting {
  exit(code?: number | string | null): never;
}

/** How many are under way: like the process, there is one of it. */
let guarded = 0;

/** Implements `Runtime.withoutExit`. */
export function guardExit(...targets: Exiting[]): Runtime["withoutExit"] {
  return async (run) => {
    const restores = targets.map(guard);
    syncBuiltinESMExports();
    guarded++;
    try {
      return await run();
    } finally {
      guarded--;
      for (const restore of restores) restore();
      syncBuiltinESMExports();
    }
  };
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
