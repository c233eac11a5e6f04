// Declarations of all that plugins import, made of the sources by TypeScript's own compiler.
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { type EditorTypes, ENTRIES, NODE_TYPES } from "../src/cli/editor/editor_types.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Declarations of gibbon's own entries lie there. */
const TYPES = "types/";

/** A specifier of another file, in a declaration. */
const SPECIFIER = /((?:\bfrom|\bimport)\s*\(?\s*")(\.[^"]+)\.ts"/g;

/**
 * Makes the declarations of gibbon's entries, of valibot, and of Node.js.
 *
 * @returns by their path in the folder that `gibbon types` writes
 */
export async function makeEditorTypes(): Promise<EditorTypes> {
  const files = new Map(makeDeclarations().entries().map(([file, text]) => [TYPES + file, text]));
  const valibot = path.join(ROOT, "node_modules/valibot/dist/index.d.mts");
  files.set(ENTRIES.valibot!, await readFile(valibot, "utf8"));
  const nodeTypes = createRequire(import.meta.url).resolve("@types/node/package.json");
  await addPackage(files, NODE_TYPES, path.dirname(nodeTypes));
  // What those import lies where the package manager has put it.
  const undici = createRequire(nodeTypes).resolve("undici-types/package.json");
  await addPackage(files, "node_modules/undici-types", path.dirname(undici));
  return files;
}

/**
 * Declarations of gibbon's entries and of all that those name, with comments.
 *
 * @returns by their path from the project's directory. Other files are imported by `.d.ts`
 * @throws {Error} if one of them would need more than the language's own library
 */
export function makeDeclarations(): Map<string, string> {
  const entries = Object.values(ENTRIES).filter((file) => file.endsWith("mod.d.ts")).map((file) =>
    file.slice(TYPES.length)
  );
  const emitted = emit(entries.map((file) => path.join(ROOT, file.replace(/\.d\.ts$/, ".ts"))));
  const reached = new Map<string, string>();
  const waiting = [...entries];
  for (const file of waiting) {
    if (reached.has(file)) continue;
    const text = emitted.get(file);
    if (text === undefined) throw new Error(`${file} was not made`);
    const rewritten = text.replace(SPECIFIER, (_, before: string, stem: string) => {
      waiting.push(path.posix.join(path.posix.dirname(file), `${stem}.d.ts`));
      return `${before}${stem}.d.ts"`;
    });
    reached.set(file, rewritten);
  }
  return reached;
}

/** Emits what TypeScript makes of files and of all that they import; types need not be right. */
function emit(files: readonly string[]): Map<string, string> {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    declaration: true,
    emitDeclarationOnly: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    types: ["node"],
    rootDir: ROOT,
    outDir: "/",
  });
  const emitted = new Map<string, string>();
  program.emit(undefined, (file, text) => emitted.set(file.slice(1), text), undefined, true);
  return emitted;
}

/** Adds the declarations of a package, its manifest and its licence. */
async function addPackage(files: Map<string, string>, folder: string, from: string) {
  for (const name of await readdir(from, { recursive: true })) {
    if (!/\.d\.[cm]?ts$|^package\.json$|^licen[cs]e/i.test(name)) continue;
    files.set(`${folder}/${name}`, await readFile(path.join(from, name), "utf8"));
  }
}
