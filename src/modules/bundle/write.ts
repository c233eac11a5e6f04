// Bundles into a directory: whole files at once, and nothing that is not a bundle is overwritten.
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GibbonError, messageOf } from "../../base/errors.ts";
import { attempt } from "../../base/printable.ts";
import { readRegularText } from "../../base/regular_file.ts";
import { isModuleName } from "../names.ts";
import { type Bundle, BUNDLE_MARK } from "./bundle.ts";

/** The file name of a plugin's bundle: what it has is an ES module, whatever is beside it. */
export function bundleFile(name: string): string {
  return `${name}.mjs`;
}

/**
 * Writes bundles; a directory that is not there is made.
 *
 * @returns names of bundles in the directory that none of these has replaced
 * @throws {GibbonError} OPTION_INVALID if it cannot be written to, or has a module that is no bundle
 */
export async function writeBundles(
  directory: string,
  bundles: readonly Pick<Bundle, "name" | "text">[],
): Promise<string[]> {
  try {
    await mkdir(directory, { recursive: true });
    const there = (await readdir(directory)).filter(isModuleName);
    const foreign = there.find((name) => !isBundle(join(directory, name)));
    if (foreign !== undefined) throw notOurs(join(directory, foreign));
    for (const { name, text } of bundles) {
      // A server that watches the directory never sees half of a file.
      const part = join(directory, `.${bundleFile(name)}.part`);
      await writeFile(part, text);
      await rename(part, join(directory, bundleFile(name)));
    }
    const written = new Set(bundles.map(({ name }) => bundleFile(name)));
    return there.filter((name) => !written.has(name));
  } catch (error) {
    if (error instanceof GibbonError) throw error;
    throw new GibbonError("OPTION_INVALID", `Cannot write to ${directory}: ${messageOf(error)}`, {
      remedy: "Name a directory that can be made or written to with --output.",
      cause: error,
    });
  }
}

function isBundle(path: string): boolean {
  return attempt(() => readRegularText(path, Infinity))?.startsWith(BUNDLE_MARK) === true;
}

function notOurs(path: string): GibbonError {
  return new GibbonError(
    "OPTION_INVALID",
    `${path} is no bundle, and would be served beside them`,
    {
      remedy: "Name a directory of its own with --output.",
    },
  );
}
