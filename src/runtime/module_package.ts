// Finds packages in the node_modules folders above a file, as Node.js does. Deno needs it: it looks
// for packages only where the configuration of its own project says, and a plugin is outside of that.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findFile } from "./module_files.ts";

/** The value of a package.json's `exports`, or a part of it. */
type Exports = string | null | readonly Exports[] | { readonly [key: string]: Exports };

/**
 * @param specifier of a package or of something in it: `graphql`, `@scope/name/sub`
 * @param parent path of the file that imports it
 * @param conditions under which the `exports` of a package.json may offer something
 * @returns the path of the file; undefined if there is none
 */
export function findPackageFile(
  specifier: string,
  parent: string,
  conditions: readonly string[],
): string | undefined {
  const [, name, subpath] = /^((?:@[^/]+\/)?[\w][^/:]*)(\/.+)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  for (let folder = dirname(parent);; folder = dirname(folder)) {
    const home = join(folder, "node_modules", name);
    const manifest = readManifest(home);
    if (manifest?.exports !== undefined) {
      const target = findExport(manifest.exports, `.${subpath ?? ""}`, conditions);
      return target === undefined ? undefined : join(home, target);
    }
    const found = findFile(join(home, subpath ?? manifest?.main ?? ".")) ??
      (subpath === undefined ? findFile(home) : undefined);
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

function readManifest(home: string): { main?: string; exports?: Exports } | undefined {
  try {
    return JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** What `exports` has for a subpath: an entry of its own, or the longest pattern that fits. */
function findExport(
  exports: Exports,
  subpath: string,
  conditions: readonly string[],
): string | undefined {
  const table = isTable(exports) ? exports : { ".": exports };
  if (Object.hasOwn(table, subpath)) return pick(table[subpath], conditions);
  const patterns = Object.keys(table).filter((key) => {
    const [start, end] = key.split("*");
    return end !== undefined && subpath.startsWith(start as string) && subpath.endsWith(end) &&
      subpath.length >= key.length;
  });
  const [best] = patterns.sort((a, b) => b.indexOf("*") - a.indexOf("*") || b.length - a.length);
  if (best === undefined) return undefined;
  const matched = subpath.slice(
    best.indexOf("*"),
    subpath.length - best.length + best.indexOf("*") + 1,
  );
  return pick(table[best], conditions)?.replaceAll("*", matched);
}

function isTable(exports: Exports): exports is { readonly [subpath: string]: Exports } {
  return typeof exports === "object" && !Array.isArray(exports) &&
    Object.keys(exports ?? {}).some((key) => key.startsWith("."));
}

/** The first target whose conditions hold. */
function pick(target: Exports | undefined, conditions: readonly string[]): string | undefined {
  if (typeof target === "string") return target;
  if (target === null || target === undefined) return undefined;
  const offers = Array.isArray(target)
    ? target as readonly Exports[]
    : Object.entries(target).filter(([key]) => key === "default" || conditions.includes(key)).map((
      [, offer],
    ) => offer as Exports);
  for (const offer of offers) {
    const found = pick(offer, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}
