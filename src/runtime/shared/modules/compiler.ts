// Compilers for TypeScript that is more than types: one beside the plugin, or what the runtime has.
import { dirname } from "node:path";
import module, { createRequire } from "node:module";
import process from "node:process";
import { attempt } from "../../../base/printable.ts";
import type { BeyondTypes } from "./beyond.ts";

/** JavaScript with imports and exports as they were, and a source map in its last line, if any. */
export type Compile = (source: string) => string;

/** What is used of the package `typescript`, from 5.4 on; version 7 no longer has it. */
interface TypeScript {
  readonly ModuleKind: { readonly Preserve: number };
  readonly ScriptTarget: { readonly ES2022: number };
  readonly sys: { fileExists(path: string): boolean; readFile(path: string): string | undefined };
  findConfigFile(folder: string, exists: (path: string) => boolean): string | undefined;
  readConfigFile(
    path: string,
    read: (path: string) => string | undefined,
  ): { readonly config?: { readonly compilerOptions?: Readonly<Record<string, unknown>> } };
  transpileModule(source: string, options: {
    readonly compilerOptions: Readonly<Record<string, unknown>>;
    readonly fileName: string;
  }): { readonly outputText: string };
}

/** Settings of a tsconfig.json that change what comes out for one file. */
const SETTINGS = ["experimentalDecorators", "emitDecoratorMetadata", "useDefineForClassFields"];

/**
 * The compiler for a module. A `typescript` that is installed beside it goes first: it knows
 * everything, and its tsconfig.json says which decorators are meant.
 *
 * @param own what the runtime itself has for all of TypeScript
 * @throws {Error} with file, line and column, if there is none
 */
export function compilerFor(file: string, beyond: BeyondTypes, own?: Compile): Compile {
  const typescript = attempt(() => createRequire(file)("typescript") as TypeScript);
  if (typescript?.transpileModule && typescript.ModuleKind?.Preserve !== undefined) {
    return (source) => compileWith(typescript, file, source);
  }
  if (own) return own;
  // Namespaces are all that this can do, beside what needs no compiler.
  const { stripTypeScriptTypes } = module;
  if (/namespace/.test(beyond.what) && typeof stripTypeScriptTypes === "function") {
    return (source) => quietly(() => stripTypeScriptTypes(source, TRANSFORM));
  }
  const { what, line, column } = beyond;
  throw new Error(
    `Error transforming ${file}: ${what} needs a compiler, and there is none (${line}:${column})`,
  );
}

const TRANSFORM = { mode: "transform", sourceMap: true } as const;

function compileWith(typescript: TypeScript, file: string, source: string): string {
  const { sys } = typescript;
  const found = typescript.findConfigFile(dirname(file), sys.fileExists);
  const given = found === undefined
    ? undefined
    : typescript.readConfigFile(found, sys.readFile).config?.compilerOptions;
  const settings = SETTINGS.map((name) => [name, given?.[name]] as const)
    .filter(([, value]) => value !== undefined);
  return typescript.transpileModule(source, {
    fileName: file,
    compilerOptions: {
      ...Object.fromEntries(settings),
      module: typescript.ModuleKind.Preserve,
      target: typescript.ScriptTarget.ES2022,
      inlineSourceMap: true,
    },
  }).outputText;
}

/** Node warns that this function is experimental, in its own words and in the midst of a log. */
function quietly<T>(run: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
}
