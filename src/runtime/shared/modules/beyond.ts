// Finds TypeScript that is more than types: what is left, or silently lost, when types are taken out.
import type { getFormattedTokens } from "sucrase";
import { withoutComments } from "./shape.ts";

/** Something that needs a compiler, and where its first one is. */
export interface BeyondTypes {
  readonly what:
    | "a decorator"
    | "an accessor field"
    | "a namespace with values"
    | "another name for a part of a namespace";
  readonly line: number;
  readonly column: number;
}

/** What has none of these words has none of those things either: most modules need no second look. */
const SUSPECT = /@|\b(?:accessor\b|namespace\b|module\s+[\w$.]+\s*\{|import\s+[\w$]+\s*=)/;

/** A decorator of a parameter, which sucrase cannot read. */
const OF_PARAMETER = /[(,]\s*@[\w$(]/;

/** What a field's name is to sucrase. */
const OBJECT_KEY = "10";

/** Words that begin a statement which is there at run time. */
const VALUES = new Set([
  "const",
  "let",
  "var",
  "function",
  "class",
  "enum",
  "async",
  "abstract",
  "@",
]);

interface Token {
  readonly line: number;
  readonly column: number;
  readonly label: string;
  readonly raw: string;
  readonly isType: boolean;
  readonly role: string;
}

/**
 * Looks for the first thing in a module that taking types out is not enough for. Enumerations,
 * parameter properties, `export =` and `import =` of a module are none of them: sucrase makes
 * JavaScript of those.
 *
 * @throws {Error} what sucrase throws for a text that it cannot read
 */
export function beyondTypes(
  file: string,
  source: string,
  tokensOf: typeof getFormattedTokens,
): BeyondTypes | undefined {
  const code = withoutComments(source);
  if (!SUSPECT.test(code)) return undefined;
  let tokens: Token[];
  try {
    tokens = readTokens(tokensOf(source, { transforms: ["typescript"], filePath: file }));
  } catch (error) {
    const { loc } = error as { loc?: { readonly line: number; readonly column: number } };
    if (!loc || !OF_PARAMETER.test(code)) throw error;
    return { what: "a decorator", ...loc };
  }
  for (let index = 0; index < tokens.length; index++) {
    const { raw, isType, line, column } = tokens[index]!;
    if (raw === "declare" && isType) index = endOfDeclaration(tokens, index);
    const what = whatIs(tokens, index);
    if (what) return { what, line, column };
  }
  return undefined;
}

/** The last token of what is only declared, if that is a block; else the first one. */
function endOfDeclaration(tokens: readonly Token[], index: number): number {
  if (!/^(?:namespace|module|global)$/.test(tokens[index + 1]?.raw ?? "")) return index;
  let depth = 0;
  for (let at = index; at < tokens.length; at++) {
    if (tokens[at]!.label === "{") depth++;
    if (tokens[at]!.label === "}" && --depth === 0) return at;
  }
  return index;
}

function whatIs(tokens: readonly Token[], index: number): BeyondTypes["what"] | undefined {
  const token = tokens[index]!;
  if (token.label === "@" && !token.isType) return "a decorator";
  if (token.raw === "accessor" && token.role === OBJECT_KEY && !token.isType) {
    const next = tokens[index + 1];
    const isField = next !== undefined && next.line === token.line &&
      /^(?:[\w$#"'[]|private name)/.test(next.raw);
    return isField ? "an accessor field" : undefined;
  }
  if (token.label === "import" && tokens[index + 2]?.label === "=") {
    const value = tokens[index + 3]?.raw;
    return value === "require" ? undefined : "another name for a part of a namespace";
  }
  const isNamespace = token.isType && (token.raw === "namespace" || token.raw === "module");
  return isNamespace && hasValues(tokens, index) ? "a namespace with values" : undefined;
}

/** Whether a namespace that begins here holds more than types. One that is only declared does not. */
function hasValues(tokens: readonly Token[], index: number): boolean {
  const begin = tokens.findIndex(({ label }, at) => at > index && label === "{");
  // A name may have dots; anything else is no namespace.
  const name = tokens.slice(index + 1, begin);
  if (begin < 0 || name.length === 0) return false;
  if (!name.every(({ label }) => label === "name" || label === ".")) return false;
  let depth = 0;
  for (let at = begin + 1; at < tokens.length; at++) {
    const { label } = tokens[at]!;
    if (label === "}" && depth === 0) return false;
    if (depth === 0 && beginsValue(tokens, at)) return true;
    if (label === "{" || label === "(" || label === "[") depth++;
    else if (label === "}" || label === ")" || label === "]") depth--;
  }
  return false;
}

function beginsValue(tokens: readonly Token[], at: number): boolean {
  const { raw } = tokens[at]!;
  const before = tokens[at - 1]!.raw;
  if (before === "declare" || tokens[at - 2]?.raw === "declare") return false;
  const follows = tokens[at + 1]?.raw ?? "";
  // `<const T>(...)` of a type begins no statement.
  if (VALUES.has(raw)) return before !== "<" && before !== "," && before !== ".";
  if (before !== "{" && before !== ";" && before !== "}") return false;
  return /^[\w$]/.test(raw) && ["(", "=", ".", "["].includes(follows) && raw !== "type";
}

/** The lines of sucrase's table of tokens; its first line names the columns. */
function readTokens(table: string): Token[] {
  const [head = "", ...lines] = table.split("\n");
  const columns = new Map(
    Array.from(head.matchAll(/\S+/g), ({ 0: name, index }) => [name, index]),
  );
  const names = [...columns.keys()];
  const cell = (line: string, name: string) =>
    line.slice(columns.get(name), columns.get(names[names.indexOf(name) + 1]!)).trim();
  return lines.flatMap((text) => {
    const [, line, column] = /^(\d+):(\d+)-/.exec(text) ?? [];
    if (line === undefined) return [];
    return [{
      line: Number(line),
      column: Number(column),
      label: cell(text, "Label"),
      raw: cell(text, "Raw"),
      isType: cell(text, "isType") === "isType",
      role: cell(text, "identifierRole"),
    }];
  });
}
