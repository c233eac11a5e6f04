// Writes the npm package into a folder.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BUILT_TYPES, packTypes } from "../../src/cli/editor/editor_types.ts";
import { BUILT_TEMPLATES, sourceTemplates } from "../../src/cli/editor/templates.ts";
import { BUILT_PAGE, makePage, writeBuiltPage } from "../../src/dev/inspector/page_files.ts";
import { makeEditorTypes } from "../declarations.ts";
import { emitPackage, PROGRAM, toJavaScript } from "./emit.ts";
import { denoConfig, packageManifest } from "./manifest.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Files of the project that every package has. */
const COPIED = ["LICENSE", "CHANGELOG.md"];

/**
 * Writes the package; what was in the folder is gone.
 *
 * @returns how many files there are
 */
export async function writePackage(folder: string): Promise<number> {
  const files = emitPackage();
  const project = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
  files.set("package.json", toJson(packageManifest(project)));
  files.set("deno.json", toJson(denoConfig()));
  files.set("README.md", await readFile(path.join(ROOT, "docs/authors/package.md"), "utf8"));
  files.set(`dist/${BUILT_PAGE}`, writeBuiltPage(await makePage()));
  files.set(`dist/${BUILT_TEMPLATES}`, toJson(Object.fromEntries(await sourceTemplates())));
  files.set(`dist/${BUILT_TYPES}`, packTypes(await makeEditorTypes()));
  await rm(folder, { recursive: true, force: true });
  for (const [file, text] of files) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    // npm sets the run bit when it installs; whoever links the folder needs it too.
    await writeFile(target, text, { mode: file === toJavaScript(PROGRAM) ? 0o755 : 0o644 });
  }
  for (const file of COPIED) await cp(path.join(ROOT, file), path.join(folder, file));
  return files.size + COPIED.length;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
