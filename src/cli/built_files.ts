// Files that a build has made: in the executable, or in the npm package beside its JavaScript.
import { readFile } from "node:fs/promises";
import type { Runtime } from "../runtime/contract.ts";

/** Where the npm package has them. */
const PACKAGED = new URL("../../dist/", import.meta.url);

/** Whether this is the npm package: the sources are TypeScript, and the executable has one file. */
const IS_PACKAGE = import.meta.url.endsWith("/src/cli/built_files.js");

/**
 * The text of a file that a build has made. Beside the sources there may be one too, but of an
 * earlier build: it is left alone.
 *
 * @returns undefined beside the sources
 * @throws {Error} if the npm package lacks it
 */
export async function builtFile(
  runtime: Pick<Runtime, "embedded">,
  name: string,
): Promise<string | undefined> {
  const embedded = await runtime.embedded?.(name);
  if (embedded !== undefined || !IS_PACKAGE) return embedded;
  return await readFile(new URL(name, PACKAGED), "utf8");
}
