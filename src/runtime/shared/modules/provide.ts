// Modules that plugins can import without having them: their names, and their text for a loader.
import { type ModuleSource, toReexports } from "./source.ts";
import type { ProvidedModules } from "../../contract.ts";

/** Where the text of such a module finds its values. */
const VALUES = Symbol.for("gibbon.provided");
/** Their URLs look like files, as Deno's `require` wants paths; nothing is ever read from there. */
const FOLDER = "file:///gibbon-provided/";

const holder = globalThis as { [VALUES]?: ProvidedModules };

/** Makes modules known. */
export function provide(modules: ProvidedModules): void {
  holder[VALUES] = modules;
}

/** The URL of a provided module; undefined if a specifier means something else. */
export function providedUrl(specifier: string, isRequired: boolean): string | undefined {
  if (!Object.hasOwn(holder[VALUES] ?? {}, specifier)) return undefined;
  return `${FOLDER}${encodeURIComponent(specifier)}.${isRequired ? "cjs" : "mjs"}`;
}

/** The text of a provided module; undefined if the URL is none of theirs. */
export function providedSource(url: string): ModuleSource | undefined {
  if (!url.startsWith(FOLDER)) return undefined;
  const specifier = decodeURIComponent(url.slice(FOLDER.length, -".mjs".length));
  const expression = `globalThis[Symbol.for("gibbon.provided")][${JSON.stringify(specifier)}]`;
  if (url.endsWith(".cjs")) {
    return { format: "commonjs", source: `module.exports = ${expression};` };
  }
  return toReexports(expression, Object.keys(holder[VALUES]?.[specifier] ?? {}));
}
