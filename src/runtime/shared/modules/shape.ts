// Tells from a module's text how it is to be run, the same way on every runtime.
import { extname } from "node:path";

/**
 * How a module is written. `mixed`: it has import statements and sets `module.exports`, as
 * TypeScript does that was written for a compiler to CommonJS. Kong's own example is such a file.
 */
export type ModuleShape = "esm" | "commonjs" | "mixed";

/** Extensions of modules. */
export const MODULE_EXTENSIONS = [".ts", ".js", ".mts", ".mjs", ".cts", ".cjs"] as const;

/** Comments, strings, templates and regular expressions: whatever may hold words of the language. */
const NOT_CODE =
  /\/\*[^]*?\*\/|\/\/.*|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|(?<=(?:^|[=(,:;!&|?{}[])\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\//gm;

const STATEMENT = "(?:^|[;}])\\s*";
const IMPORT = new RegExp(`${STATEMENT}import(?:\\s+[\\w$]|\\s*[*{"'])`, "m");
const EXPORT = new RegExp(`${STATEMENT}export(?:\\s+\\w|\\s*[*{=])`, "m");
/** Exports something that is there at run time: no type, and not the `export {}` of a script. */
const VALUE_EXPORT = new RegExp(
  `${STATEMENT}export(?:\\s+(?:default|const|let|var|function|class|async|abstract|enum)\\b|` +
    `\\s*\\*|\\s*\\{\\s*[^\\s}])`,
  "m",
);
const EXPORT_ASSIGNMENT = new RegExp(`${STATEMENT}export\\s*=`, "m");
const IMPORT_META = /\bimport\s*\.\s*meta\b/;

/**
 * The text without what is not code: comments, strings and regular expressions are left empty.
 * Good for looking for statements, not for anything that has to be exact.
 */
export function withoutComments(source: string): string {
  return source.replace(NOT_CODE, (text) => {
    const first = text.charAt(0);
    return first === "/" ? " " : first + first;
  });
}

/** @param file for its extension */
export function moduleShape(file: string, source: string): ModuleShape {
  const extension = extname(file);
  if (extension === ".mjs" || extension === ".mts") return "esm";
  const code = withoutComments(source);
  const hasStatements = IMPORT.test(code) || EXPORT.test(code);
  if (extension === ".cjs" || extension === ".cts" || setsExports(code)) {
    return hasStatements ? "mixed" : "commonjs";
  }
  return hasStatements || usesImportMeta(code) ? "esm" : "commonjs";
}

/** Whether code can only run as an ES module. */
export function usesImportMeta(code: string): boolean {
  return IMPORT_META.test(code);
}

/** What only the script of a worker thread has a use for. */
const OF_WORKERS =
  /\bparentPort\b|\bself\s*\.\s*(?:onmessage|postMessage)\b|(?:^|[;}])\s*onmessage\s*=/m;
/** The same where it is a text that tells. */
const HEARS_MESSAGES = /\bself\s*\.\s*addEventListener\s*\(\s*["']message["']/;

/** Whether a module is the script of a worker thread: it talks to its parent, and exports nothing. */
export function isWorkerScript(source: string): boolean {
  const code = withoutComments(source);
  if (!OF_WORKERS.test(code) && !HEARS_MESSAGES.test(source)) return false;
  return !VALUE_EXPORT.test(code) && !setsExports(code);
}

function setsExports(code: string): boolean {
  if (EXPORT_ASSIGNMENT.test(code)) return true;
  if (!VALUE_EXPORT.test(code)) {
    return /\bmodule\s*\.\s*exports\b|\bexports\s*\.\s*\w+\s*=/.test(code);
  }
  // A bundle of ES modules can hold CommonJS ones: theirs is not the beginning of a line.
  return /^module\s*\.\s*exports\b/m.test(code) && !usesImportMeta(code);
}
