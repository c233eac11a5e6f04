// A plugin module's text as Node and Deno can run it: types gone, ES or CommonJS as it is needed.
import { Buffer } from "node:buffer";
import module from "node:module";
import { pathToFileURL } from "node:url";
import { beyondTypes } from "./beyond.ts";
import { type Compile, compilerFor } from "./compiler.ts";
import { moduleShape, usesImportMeta, withoutComments } from "./shape.ts";
import type { getFormattedTokens, transform } from "sucrase";

/** Gives sucrase. A function, because most starts do not need it and it takes 40 ms to load. */
export type Sucrase = () => {
  readonly transform: typeof transform;
  readonly getFormattedTokens: typeof getFormattedTokens;
};

/** A module's text, and how it wants to be run. */
export interface ModuleSource {
  readonly format: "module" | "commonjs";
  readonly source: string;
}

/** Names that CommonJS has and ES modules do not, and what declares them there. */
const COMMONJS_NAMES = {
  require: "import{createRequire as __createRequire}from'node:module';" +
    "const require=__createRequire(import.meta.url);",
  __filename: "const __filename=import.meta.filename;",
  __dirname: "const __dirname=import.meta.dirname;",
} as const;

/**
 * The text of an ES module: without types, with `require` and its like where it uses them.
 *
 * @throws {Error} if it takes a compiler that is not there; see `compilerFor`
 */
export function toEsm(file: string, source: string, sucrase: Sucrase): ModuleSource {
  // Nothing may stand before a #! but the beginning of the file: as a comment it may stay.
  const text = source.replace(/^#!/, "//");
  const compiled = compile(file, text, sucrase) ?? text;
  return { format: "module", source: prelude(text) + withoutTypes(file, compiled, sucrase, false) };
}

/**
 * The text of a module that is required. Only what cannot be CommonJS stays an ES module.
 *
 * @param own a compiler that the runtime has
 * @throws {Error} if it takes a compiler that is not there; see `compilerFor`
 */
export function toRequired(
  file: string,
  source: string,
  sucrase: Sucrase,
  own?: Compile,
): ModuleSource {
  const shape = moduleShape(file, source);
  if (shape === "esm" && usesImportMeta(withoutComments(source))) {
    return toEsm(file, source, sucrase);
  }
  const compiled = compile(file, source, sucrase, own);
  // What is compiled may import what the compiler needs.
  const withoutImports = shape !== "commonjs" || compiled !== undefined;
  const code = withoutTypes(file, compiled ?? source, sucrase, withoutImports);
  return { format: "commonjs", source: code };
}

/**
 * The text of an ES module that exports what an object has.
 *
 * @param expression gives the object
 * @param names its keys that are to be exported
 */
export function toReexports(expression: string, names: readonly string[]): ModuleSource {
  const exports = names.map((name, index) =>
    `const e${index} = m[${JSON.stringify(name)}]; export { e${index} as ${JSON.stringify(name)} };`
  );
  return { format: "module", source: [`const m = ${expression};`, ...exports].join("\n") };
}

/** The text of an ES module that stands for a CommonJS one; its default is `module.exports`. */
export function toImported(path: string, exports: unknown): ModuleSource {
  const isObject = typeof exports === "object" || typeof exports === "function";
  const names = isObject ? Object.keys(exports ?? {}).filter((name) => name !== "default") : [];
  const { source } = toReexports(`createRequire(import.meta.url)(${JSON.stringify(path)})`, names);
  return {
    format: "module",
    source: `import { createRequire } from "node:module";\n${source}\nexport default m;`,
  };
}

/** The text of a module as a script, with the same lines; only for looking at it. */
export function toScript(file: string, source: string, sucrase: Sucrase): string {
  return withoutTypes(file, source, sucrase, true).replaceAll(/\bimport\.meta\b/g, "undefined ");
}

/** What a compiler makes of a module; undefined if it needs none. */
function compile(
  file: string,
  source: string,
  sucrase: Sucrase,
  own?: Compile,
): string | undefined {
  const beyond = isTypeScript(file)
    ? beyondTypes(file, source, sucrase().getFormattedTokens)
    : undefined;
  return beyond && compilerFor(file, beyond, own)(source);
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

function withoutTypes(
  file: string,
  source: string,
  sucrase: Sucrase,
  withoutImports: boolean,
): string {
  if (!isTypeScript(file) && !withoutImports) return source;
  const { code, sourceMap } = sucrase().transform(source, {
    transforms: [
      ...(isTypeScript(file) ? ["typescript" as const] : []),
      ...(withoutImports ? ["imports" as const] : []),
    ],
    disableESTransforms: true,
    preserveDynamicImport: true,
    filePath: file,
    sourceMapOptions: { compiledFilename: file },
  });
  // sucrase keeps lines: a compiler's map goes on being right. Without one, Deno would use one of its
  // own, for other text.
  const [, compiled] = /\n\/\/# sourceMappingURL=data:[^,]+,(.+)\s*$/.exec(source) ?? [];
  if (compiled !== undefined) module.setSourceMapsSupport?.(true, NOT_PACKAGES);
  const before = compiled && JSON.parse(Buffer.from(compiled, "base64").toString());
  const map = JSON.stringify({ ...before ?? sourceMap, sources: [pathToFileURL(file).href] });
  const encoded = Buffer.from(map).toString("base64");
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
}

/** Node looks at maps only if it is told to; where nothing was compiled, lines are right without. */
const NOT_PACKAGES = { nodeModules: false, generatedCode: false };

/** Goes before the first line, on the same line, so that positions stay right. */
function prelude(source: string): string {
  const code = withoutComments(source);
  let text = "";
  for (const [name, declaration] of Object.entries(COMMONJS_NAMES)) {
    const used = new RegExp(`(?<![\\w.$])${name}\\b(?!\\s*:)`).test(code);
    const declared = new RegExp(`\\b(?:const|let|var|function)\\s+${name}\\b`).test(code);
    if (used && !declared) text += declaration;
  }
  return text;
}
