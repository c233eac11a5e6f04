// Finds packages in the node_modules folders above a file, as Node.js does. Deno needs it: it looks
// for packages only where the configuration of its own project says, and a plugin is outside of that.
import { dirname, join } from "node:path";
import { foldersFrom } from "../../../base/folders.ts";
import { PLUGIN_FILE_BYTES, readRegularText } from "../../../base/regular_file.ts";
import { type Exports, findExport } from "./exports.ts";
import { findFile } from "./files.ts";

/** What is read of a package.json. */
interface Manifest {
  readonly main?: string;
  readonly exports?: Exports;
  readonly imports?: Exports;
}

/**
 * @param specifier of a package, of something in it, or of a package's own imports: `graphql`,
 *   `@scope/name/sub`, `#internal`
 * @param parent path of the file that imports it
 * @param conditions those under which a package.json may offer something
 * @returns the real path of the file; undefined if there is none
 */
export function findPackageFile(
  specifier: string,
  parent: string,
  conditions: readonly string[],
): string | undefined {
  if (specifier.startsWith("#")) return findOwnImport(specifier, parent, conditions);
  const [, name, subpath] = /^((?:@[^/]+\/)?\w[^/:]*)(\/.+)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  for (const folder of foldersFrom(dirname(parent))) {
    const home = join(folder, "node_modules", name);
    const manifest = readManifest(home);
    if (manifest?.exports !== undefined) {
      const target = findExport(manifest.exports, `.${subpath ?? ""}`, conditions);
      return target === undefined ? undefined : findFile(join(home, target));
    }
    const found = findFile(join(home, subpath ?? manifest?.main ?? "."));
    if (found !== undefined) return found;
    const index = subpath === undefined ? findFile(home) : undefined;
    if (index !== undefined) return index;
  }
  return undefined;
}

/** What a package calls something of its own, or a package that it needs. */
function findOwnImport(
  specifier: string,
  parent: string,
  conditions: readonly string[],
): string | undefined {
  for (const folder of foldersFrom(dirname(parent))) {
    const manifest = readManifest(folder);
    if (!manifest) continue;
    const target = findExport(manifest.imports ?? {}, specifier, conditions);
    if (target === undefined) return undefined;
    if (target.startsWith(".")) return findFile(join(folder, target));
    return findPackageFile(target, join(folder, "package.json"), conditions);
  }
  return undefined;
}

function readManifest(home: string): Manifest | undefined {
  try {
    return JSON.parse(readRegularText(join(home, "package.json"), PLUGIN_FILE_BYTES));
  } catch {
    return undefined;
  }
}
