// Which files are plugins' own, and what their imports mean, also where TypeScript leaves it vague.
import { realpathSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { foldersFrom } from "../../../base/folders.ts";
import { attempt } from "../../../base/printable.ts";
import { checkRegular, PLUGIN_FILE_BYTES, readRegularText } from "../../../base/regular_file.ts";
import { MODULE_EXTENSIONS } from "./shape.ts";
import { findSpecifiers, readText } from "./text.ts";

/** What an import of a JavaScript file means when only its TypeScript source is there. */
const SOURCES: Readonly<Record<string, string>> = { ".js": ".ts", ".mjs": ".mts", ".cjs": ".cts" };

/** The plugins' modules and what they import by path. All paths here are absolute real paths. */
export class PluginFiles {
  /** Largest file of a plugin, in bytes. */
  maxBytes = PLUGIN_FILE_BYTES;
  /** What each of them imports. */
  readonly #imports = new Map<string, Set<string>>();

  /** @param importer one of these files that imports this one */
  add(path: string, importer?: string): void {
    if (!this.has(path)) this.#imports.set(path, new Set());
    if (importer !== undefined) this.#imports.get(importer)?.add(path);
  }

  has(path: string): boolean {
    return this.#imports.has(path);
  }

  /** Takes in what a file imports by path, as far as its text shows it, and what that imports. */
  scan(path: string, seen = new Set<string>()): void {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { text } of findSpecifiers(readText(path))) {
      const found = this.resolve(text, path);
      if (found !== undefined) this.scan(found, seen);
    }
  }

  /** A file and all that it imports, itself first. */
  withImports(path: string): Set<string> {
    const all = new Set([path]);
    for (const one of all) {
      for (const imported of this.#imports.get(one) ?? []) all.add(imported);
    }
    return all;
  }

  /** Those that another version loads afresh: all that are not in packages. */
  get fresh(): string[] {
    return [...this.#imports.keys()].filter((path) => !isInPackage(path));
  }

  /**
   * The file that one of these files means by a path or file URL. It becomes one of them.
   *
   * @returns undefined if it is no path, if the file is not there, or the parent none of these files
   */
  resolve(specifier: string, parent: string): string | undefined {
    if (!this.has(parent)) return undefined;
    const path = toPath(specifier, parent);
    const found = path === undefined ? undefined : findFile(path);
    if (found !== undefined) {
      this.check(found);
      this.add(found, parent);
    } else if (path !== undefined) {
      refuseSpecial(path);
    }
    return found;
  }

  /**
   * Makes sure that a file can be loaded without waiting for it or for what the runtimes read beside
   * it.
   *
   * @throws {Error} that names what cannot
   */
  check(path: string): void {
    if (isInPackage(path)) return;
    checkRegular(path, this.maxBytes);
    for (const folder of foldersFrom(dirname(path))) {
      for (const name of SETTINGS) refuseSpecial(join(folder, name));
    }
  }

  /** The text of one of these files. */
  text(path: string): string {
    return readRegularText(path, this.maxBytes);
  }
}

/** What runtimes look for in each folder above a module. */
const SETTINGS = ["package.json", "tsconfig.json", "jsconfig.json"];

/** A named pipe or a device would be read until somebody writes to it: maybe for ever. */
function refuseSpecial(path: string): void {
  const found = attempt(() => statSync(path));
  if (found && !found.isFile() && !found.isDirectory()) checkRegular(path, Infinity);
}

/** Whether a file belongs to a package. */
export function isInPackage(path: string): boolean {
  return path.includes("/node_modules/");
}

/** The real path of the file itself, or its source, or with an extension, or the folder's index. */
export function findFile(path: string): string | undefined {
  const extension = extname(path);
  const source = SOURCES[extension];
  const stem = path.slice(0, path.length - extension.length);
  const candidates = [
    path,
    ...(source === undefined ? [] : [stem + source]),
    ...MODULE_EXTENSIONS.map((added) => path + added),
    ...MODULE_EXTENSIONS.map((added) => join(path, `index${added}`)),
  ];
  const found = candidates.find(isFile);
  return found === undefined ? undefined : realpathSync(found);
}

function toPath(specifier: string, parent: string): string | undefined {
  if (specifier.startsWith("file:")) return fileURLToPath(specifier);
  if (!/^(?:\.{0,2}\/|\.{1,2}$)/.test(specifier)) return undefined;
  return resolve(dirname(parent), specifier);
}

function isFile(path: string): boolean {
  return attempt(() => statSync(path))?.isFile() === true;
}
