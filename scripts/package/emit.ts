// The JavaScript and the declarations of the npm package, made of the sources by TypeScript's compiler.
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { makeDeclarations } from "../declarations.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the package can be imported by, and the source that stands for it. */
export const PACKAGE_ENTRIES: Readonly<Record<string, string>> = {
  ".": "mod.ts",
  "./prox": "src/prox/mod.ts",
  "./prox/host": "src/prox/host/mod.ts",
  "./brpc": "src/brpc/mod.ts",
  "./testing": "src/testing/mod.ts",
};

/** The command line. */
export const PROGRAM = "src/cli/main.ts";

/** What else is run: it is loaded by its path, and by no import. */
const LOADED = ["src/cli/test_preload.ts"];

/** AbortSignal and URL are Node's where a project names neither its types nor those of browsers. */
const NODE_TYPES = '/// <reference types="node" />\n';

/** Of a declaration, a specifier of another one. */
const SPECIFIER = /((?:\bfrom|\bimport)\s*\(?\s*"\.[^"]+)\.d\.ts"/g;

/**
 * The package's modules and declarations.
 *
 * @returns texts by their path in the package
 */
export function emitPackage(): Map<string, string> {
  const files = emitModules([...Object.values(PACKAGE_ENTRIES), PROGRAM, ...LOADED]);
  const program = toJavaScript(PROGRAM);
  files.set(program, `#!/usr/bin/env node\n${files.get(program)}`);
  for (const [file, text] of makeDeclarations()) {
    files.set(file, NODE_TYPES + text.replace(SPECIFIER, '$1.js"'));
  }
  return files;
}

/** The file in the package that a source becomes. */
export function toJavaScript(source: string): string {
  return source.replace(/\.ts$/, ".js");
}

/** Takes the types out of files and of all that they import. `deno task check` holds them. */
function emitModules(sources: readonly string[]): Map<string, string> {
  const program = ts.createProgram(sources.map((file) => path.join(ROOT, file)), {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    resolveJsonModule: true,
    types: ["node"],
    rootDir: ROOT,
    outDir: "/",
  });
  const files = new Map<string, string>();
  program.emit(undefined, (file, text) => {
    // The manifest is imported too, and the package has one of its own.
    if (file.endsWith(".js")) files.set(file.slice(1), text);
  });
  return files;
}
