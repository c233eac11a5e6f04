// The declarations for editors, as a build leaves them: made where there was no build, or it is too old.
import { globSync, statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { makeEditorTypes } from "../../scripts/declarations.ts";
import { BUILT_TYPES, packTypes } from "../../src/cli/editor/editor_types.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILE = `${ROOT}dist/${BUILT_TYPES}`;

/** Makes sure that gibbon's sources find them. Tests on other runtimes may do the same just now. */
export async function ensureEditorTypes(): Promise<void> {
  const built = statSync(FILE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync(["mod.ts", "package.json", "src/**/*.ts"], { cwd: ROOT });
  if (sources.every((file) => statSync(ROOT + file).mtimeMs <= built)) return;
  await mkdir(dirname(FILE), { recursive: true });
  const part = `${FILE}.${process.pid}`;
  await writeFile(part, packTypes(await makeEditorTypes()));
  await rename(part, FILE);
}
