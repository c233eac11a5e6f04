// Reads the `exports` and `imports` of a package.json, as Node.js does.

/** The value of `exports` or `imports`, or a part of it. */
export type Exports =
  | string
  | null
  | readonly Exports[]
  | { readonly [key: string]: Exports };

/**
 * What a package offers under a name: an entry of its own, or the longest pattern that fits.
 *
 * @param name `.` for the package, `./sub` for something in it, `#name` for its own imports
 * @param conditions those that hold, such as `import`; `default` always does
 * @returns the path in the package; undefined if nothing is offered
 */
export function findExport(
  exports: Exports,
  name: string,
  conditions: readonly string[],
): string | undefined {
  const table = isTable(exports) ? exports : { ".": exports };
  if (Object.hasOwn(table, name)) return pick(table[name], conditions);
  const best = Object.keys(table)
    .filter((pattern) => fits(pattern, name))
    .sort((a, b) => b.indexOf("*") - a.indexOf("*") || b.length - a.length)[0];
  if (best === undefined) return undefined;
  const start = best.indexOf("*");
  const matched = name.slice(start, name.length - (best.length - start - 1));
  return pick(table[best], conditions)?.replaceAll("*", matched);
}

/** Without names as keys, it is all about the package itself. */
function isTable(exports: Exports): exports is { readonly [name: string]: Exports } {
  return typeof exports === "object" && exports !== null && !Array.isArray(exports) &&
    Object.keys(exports).some((key) => key.startsWith(".") || key.startsWith("#"));
}

function fits(pattern: string, name: string): boolean {
  const [start, end] = pattern.split("*");
  return end !== undefined && name.length >= pattern.length &&
    name.startsWith(start as string) && name.endsWith(end);
}

/** The first target whose conditions hold. */
function pick(target: Exports | undefined, conditions: readonly string[]): string | undefined {
  if (typeof target === "string") return target;
  const offers = Array.isArray(target) ? target as readonly Exports[] : Object
    .entries(target ?? {})
    .filter(([key]) => key === "default" || conditions.includes(key))
    .map(([, offer]) => offer as Exports);
  for (const offer of offers) {
    const found = pick(offer, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}
