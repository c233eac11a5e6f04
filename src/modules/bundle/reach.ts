// What a module needs beside itself: files that it imports by path, and packages.
import { dirname, resolve } from "node:path";
import { attempt } from "../../base/printable.ts";
import { PLUGIN_FILE_BYTES, readRegularText } from "../../base/regular_file.ts";
import { findFile, isInPackage } from "../../runtime/shared/modules/files.ts";
import { isPackage } from "../../runtime/shared/modules/package_name.ts";
import { importedBy, syntaxTree, walk } from "../syntax_tree.ts";

/** What a module reaches by what it imports; packages are not looked into. */
export interface Reach {
  /** Absolute real paths, itself first. */
  readonly files: readonly string[];
  /** Specifiers of packages, each with the file that imports it first. */
  readonly packages: ReadonlyMap<string, string>;
}

/**
 * Follows the imports of a module. What cannot be parsed or is not there is left out: whoever loads
 * the module says so.
 *
 * @param file absolute real path
 * @param provided specifiers of what needs no package
 */
export function reachOf(file: string, provided: readonly string[]): Reach {
  const files = [file];
  const packages = new Map<string, string>();
  for (const one of files) {
    for (const specifier of importsOf(one)) {
      if (/^\.{0,2}\/|^\.{1,2}$/.test(specifier)) {
        const found = attempt(() => findFile(resolve(dirname(one), specifier)));
        if (found !== undefined && !files.includes(found) && !isInPackage(found)) files.push(found);
      } else if (isPackage(specifier) && !provided.includes(specifier)) {
        if (!packages.has(specifier)) packages.set(specifier, one);
      }
    }
  }
  return { files, packages };
}

function importsOf(file: string): Set<string> {
  const found = new Set<string>();
  if (!/\.[cm]?[jt]s$/.test(file)) return found;
  const source = attempt(() => readRegularText(file, PLUGIN_FILE_BYTES));
  const root = source === undefined ? undefined : syntaxTree(file, source);
  if (root) {
    walk(root, (node) => {
      const specifier = importedBy(node);
      if (specifier !== undefined) found.add(specifier);
    });
  }
  return found;
}
