// Packages that are installed, where Bun has a stand-in of its own by the same name.
import { readRegularText } from "../../base/regular_file.ts";
import { findPackageFile } from "../shared/modules/package.ts";
import { STAND_INS } from "../shared/modules/package_name.ts";
import { moduleShape } from "../shared/modules/shape.ts";
import { findSpecifiers } from "../shared/modules/text.ts";

/**
 * The text of a module that imports installed packages by their paths where Bun would take its
 * stand-ins; undefined if there is nothing to change. Lines stay what they are.
 */
export function withInstalled(file: string, source: string): string | undefined {
  const conditions = moduleShape(file, source) === "esm" ? ["node", "import"] : ["node", "require"];
  let text = "";
  let copied = 0;
  for (const { text: specifier, index } of findSpecifiers(source)) {
    const found = STAND_INS.has(specifier)
      ? findPackageFile(specifier, file, conditions)
      : undefined;
    if (found === undefined) continue;
    text += source.slice(copied, index) + JSON.stringify(found);
    copied = index + specifier.length + 2;
  }
  return copied === 0 ? undefined : text + source.slice(copied);
}

/** What Bun's plugins load a module with. */
export interface LoadedText {
  readonly contents: string;
  readonly loader: "js" | "ts";
}

/** Registers a loader for the files that a pattern names. */
export type OnLoad = (filter: RegExp, load: () => LoadedText) => void;

/** Has ES modules import what is installed. */
export class InstalledPackages {
  readonly #registered = new Set<string>();
  readonly #onLoad: OnLoad;

  constructor(onLoad: OnLoad) {
    this.#onLoad = onLoad;
  }

  /** Looks after a file that is about to be imported, unless there is nothing to do about it. */
  prepare(file: string): void {
    if (this.#registered.has(file) || !/\.[cm]?[jt]s$/.test(file)) return;
    const source = readRegularText(file, Infinity);
    // Bun makes ES modules of all that goes through such a loader.
    if (moduleShape(file, source) !== "esm" || withInstalled(file, source) === undefined) return;
    this.#registered.add(file);
    const escaped = file.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    this.#onLoad(new RegExp(`^${escaped}(?:\\?.*)?$`), () => {
      const text = readRegularText(file, Infinity);
      const loader = /\.[cm]?ts$/.test(file) ? "ts" : "js";
      return { contents: withInstalled(file, text) ?? text, loader };
    });
  }
}
