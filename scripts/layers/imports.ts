// What a TypeScript file imports, and which runtime's globals it names: read off its tokens.
import { getFormattedTokens } from "sucrase";

/** One import of a file: declaration, re-export, `import()`, `import()` type, or `require()`. */
export interface Import {
  /** What is imported, as written; undefined where an `import()` computes it. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** What the layer check wants to know of a file. */
export interface SourceFacts {
  readonly imports: readonly Import[];
  /** Uses of the names `Deno` and `Bun`. */
  readonly runtimeGlobals: readonly { readonly name: "Deno" | "Bun"; readonly line: number }[];
  /** The first line that is neither an import nor a re-export, if there is one. */
  readonly firstStatement: number | undefined;
  /** Lines of `export * from`. */
  readonly starExports: readonly number[];
  /** Names that are declared where they are exported: `export function name`, `export type name`. */
  readonly declared: readonly { readonly name: string; readonly line: number }[];
}

interface Token {
  /** `name`, `string`, `template`, or the keyword or punctuation itself. */
  readonly label: string;
  readonly text: string;
  readonly line: number;
}

/**
 * Reads a source file.
 *
 * @throws {SyntaxError} if it does not parse
 */
export function readSource(source: string): SourceFacts {
  const tokens = tokenize(source);
  return {
    imports: findImports(tokens),
    runtimeGlobals: findRuntimeGlobals(tokens),
    firstStatement: findFirstStatement(tokens),
    starExports: tokens.filter(({ label }, at) => {
      return label === "export" && tokens[at + 1]?.label === "*";
    }).map(({ line }) => line),
    declared: findDeclared(tokens),
  };
}

/** sucrase's tokens: comments are gone, and strings, templates and patterns are told apart. */
function tokenize(source: string): Token[] {
  const lines = source.split("\n");
  const rows = getFormattedTokens(source, { transforms: ["typescript"] }).split("\n").slice(1);
  return rows.flatMap((row) => {
    const match = /^(\d+):(\d+)-(\d+):(\d+)\s+(\S+)/.exec(row);
    if (!match) return [];
    const [fromLine, fromColumn, toLine, toColumn] = match.slice(1, 5).map(Number) as Position;
    const line = lines[fromLine - 1] ?? "";
    const text = line.slice(fromColumn - 1, fromLine === toLine ? toColumn - 1 : undefined);
    return [{ label: match[5] ?? "", text, line: fromLine }];
  });
}

type Position = [number, number, number, number];

function findImports(tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (!next) break;
    const isFrom = token.label === "name" && token.text === "from";
    const isImport = token.label === "import";
    if ((isFrom || isImport) && next.label === "string") found.push(asImport(next));
    if (next.label !== "(") continue;
    const isCall = tokens[at - 1]?.label !== ".";
    if (isCall && (isImport || token.text === "require" || token.text === "import")) {
      const argument = tokens[at + 2];
      if (argument?.label === "string") found.push(asImport(argument));
      else if (token.text === "import") found.push({ specifier: undefined, line: token.line });
    }
  }
  return found;
}

function asImport({ text, line }: Token): Import {
  return { specifier: text.slice(1, -1), line };
}

/** Each name once a line. */
function findRuntimeGlobals(tokens: readonly Token[]): SourceFacts["runtimeGlobals"] {
  const found = new Map<string, SourceFacts["runtimeGlobals"][number]>();
  for (const { label, text, line } of tokens) {
    if (label !== "name" || (text !== "Deno" && text !== "Bun")) continue;
    found.set(`${text} ${line}`, { name: text, line });
  }
  return [...found.values()];
}

/** Words between `export` and the name that it declares. */
const DECLARING: ReadonlySet<string> = new Set(
  [
    "abstract",
    "declare",
    "async",
    "class",
    "interface",
    "type",
    "function",
    "*",
    "const",
    "let",
    "enum",
  ],
);

function findDeclared(tokens: readonly Token[]): SourceFacts["declared"] {
  return tokens.flatMap(({ label }, at) => {
    if (label !== "export") return [];
    let next = at + 1;
    while (DECLARING.has(tokens[next]?.text ?? "")) next++;
    const name = tokens[next];
    // `export default`, `export { ... }` and `export *` declare no name.
    return next > at + 1 && name?.label === "name" ? [{ name: name.text, line: name.line }] : [];
  });
}

/** Skips `import ... "x";` and `export ... from "x";` from the top. */
function findFirstStatement(tokens: readonly Token[]): number | undefined {
  let at = 0;
  for (;;) {
    const start = tokens[at];
    if (!start || start.label === "eof") return undefined;
    const end = tokens.findIndex((token, index) => index > at && token.label === ";");
    const statement = tokens.slice(at, end < 0 ? undefined : end);
    const [last, beforeLast] = [statement.at(-1), statement.at(-2)];
    const fromString = last?.label === "string" && beforeLast?.text === "from";
    const sideEffect = start.label === "import" && statement.length === 2;
    const allowed = start.label === "import" || start.label === "export";
    if (end < 0 || !allowed || !(fromString || sideEffect)) return start.line;
    at = end + 1;
  }
}
