// gibbon types: writes into a directory what an editor and a type checker need.
import { existsSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { GibbonError, messageOf } from "../base/errors.ts";
import { foldersFrom } from "../base/folders.ts";
import { attempt } from "../base/printable.ts";
import { VERSION } from "../base/version.ts";
import type { CommandContext } from "./context.ts";
import { EDITOR_FOLDER, type Project, projectOf } from "./editor/project.ts";
import { readEditorTypes } from "./editor/editor_types.ts";
import { writeFiles } from "./editor/write_files.ts";

/**
 * Writes declarations into `.gibbon`, and a tsconfig.json and a deno.json that lead to them; those of
 * an author's own stay as they are, and what they lack is said.
 *
 * @returns the exit code: 1 if a file of the author's own has to be completed
 * @throws {GibbonError} OPTION_INVALID, PLUGIN_DIRECTORY
 */
export async function run({ runtime, directory = ".", output }: CommandContext): Promise<number> {
  if (attempt(() => statSync(directory).isDirectory()) !== true) {
    throw new GibbonError("PLUGIN_DIRECTORY", `There is no directory ${directory}`, {
      remedy: "Make it first, or begin with gibbon new NAME.",
    });
  }
  const types = await readEditorTypes(runtime);
  const incomplete = await writeTypes(directory, types);
  await output.data(
    `The types of gibbon ${VERSION} are in ${join(directory, EDITOR_FOLDER)}. ` +
      "Run this again when you have another gibbon.\n",
  );
  for (const { file, lacks } of incomplete) {
    output.note(`${join(directory, file)} is your own, and stays as it is. Add to it:\n${lacks}`);
  }
  return incomplete.length === 0 ? 0 : 1;
}

/** A file of the author's own, and what it lacks. */
interface Incomplete {
  readonly file: string;
  readonly lacks: string;
}

/**
 * Writes the types, and what leads to them.
 *
 * @throws {GibbonError} OPTION_INVALID if that cannot be written
 */
export async function writeTypes(
  directory: string,
  types: ReadonlyMap<string, string>,
): Promise<Incomplete[]> {
  const project = projectOf(types, hasNodeTypes(directory));
  const folder = join(directory, EDITOR_FOLDER);
  try {
    await rm(folder, { recursive: true, force: true });
    await writeFiles(folder, project.inside);
    return await lead(directory, project);
  } catch (error) {
    throw new GibbonError("OPTION_INVALID", `Cannot write to ${folder}: ${messageOf(error)}`, {
      remedy: "Run gibbon types where you may write.",
      cause: error,
    });
  }
}

/** Types of Node.js that the author has installed: a second set of them would be in their way. */
function hasNodeTypes(directory: string): boolean {
  const types = (folder: string) => join(folder, "node_modules", "@types", "node");
  return [...foldersFrom(resolve(directory))].some((folder) => existsSync(types(folder)));
}

async function lead(directory: string, { beside }: Project): Promise<Incomplete[]> {
  const incomplete: Incomplete[] = [];
  for (const { file, text, isThere, lacks } of beside) {
    const path = join(directory, file);
    const own = await readFile(path, "utf8").catch(() => undefined);
    if (own === undefined) await writeFile(path, text);
    else if (!isThere(own)) incomplete.push({ file, lacks });
  }
  return incomplete;
}
