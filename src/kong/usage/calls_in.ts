// Which functions of the PDK a source calls, as far as that can be read without running it.
import { type AnyNode, parse } from "acorn";
import { transform } from "sucrase";
import { PHASES } from "../engine/phases.ts";
import { PDK_FUNCTIONS, type PdkMethod } from "../pdk/functions.ts";

/** A call that a source makes. */
export interface FoundCall {
  readonly method: PdkMethod;
  /** From 1. */
  readonly line: number;
}

/** What a source has that matters here. */
export interface ReadSource {
  readonly calls: readonly FoundCall[];
  /** Specifiers of what it imports or requires. */
  readonly imports: readonly string[];
}

/** Properties of a native plugin that are handlers. Those of Kong's JavaScript server get `kong`, too. */
const HANDLERS: ReadonlySet<string> = new Set(PHASES);

/** Functions of the native API that are Kong's under another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  get_raw_body_text: "get_raw_body",
};

/** What a name stands for: `kong`, or something below it. */
type Names = Map<string, readonly string[]>;

/**
 * Reads a source. `kong` is what is called so, and the first parameter of a handler; what is taken out of
 * it (`const { request } = kong`) is followed. Names that stand for different things in different
 * functions are taken for all of them.
 *
 * @returns undefined if it cannot be parsed
 */
export function callsIn(file: string, source: string): ReadSource | undefined {
  const root = treeOf(file, source);
  if (!root) return undefined;
  const names: Names = new Map([["kong", []]]);
  walk(root, (node) => nameHandlers(node, names));
  walk(root, (node) => nameAliases(node, names));
  const calls: FoundCall[] = [];
  const imports: string[] = [];
  walk(root, (node) => {
    const specifier = importedBy(node);
    if (specifier !== undefined) imports.push(specifier);
    if (node.type !== "CallExpression") return;
    const path = pathOf(node.callee, names);
    const method = path && methodOf(path);
    if (method) calls.push({ method, line: lineOf(root.code, node.start) });
  });
  return { calls, imports };
}

/** The tree of what is left when types are taken out: with the same lines, in other columns. */
function treeOf(file: string, source: string): AnyNode & { readonly code: string } | undefined {
  try {
    const { code } = transform(source.replace(/^#!/, "//"), {
      transforms: /\.[cm]?ts$/.test(file) ? ["typescript"] : [],
      disableESTransforms: true,
      keepUnusedImports: true,
    });
    const options = {
      ecmaVersion: "latest",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
    } as const;
    try {
      return Object.assign(parse(code, { ...options, sourceType: "module" }), { code });
    } catch {
      return Object.assign(parse(code, { ...options, sourceType: "script" }), { code });
    }
  } catch {
    return undefined;
  }
}

const lineOf = (code: string, at: number) => code.slice(0, at).split("\n").length;

/** Calls `visit` for each node, parents first. */
function walk(node: AnyNode, visit: (node: AnyNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") walk(child as AnyNode, visit);
    }
  }
}

/** The first parameter of a handler is `kong`, whatever it is called. */
function nameHandlers(node: AnyNode, names: Names): void {
  if (node.type !== "Property" && node.type !== "MethodDefinition") return;
  const key = node.key.type === "Identifier" ? node.key.name : undefined;
  const { value } = node;
  if (key === undefined || !HANDLERS.has(key)) return;
  if (value.type !== "FunctionExpression" && value.type !== "ArrowFunctionExpression") return;
  const [first] = value.params;
  if (first) bind(first, [], names);
}

/** `const request = kong.request`, `const { request: { getPath } } = kong`. */
function nameAliases(node: AnyNode, names: Names): void {
  if (node.type !== "VariableDeclarator" || !node.init) return;
  const path = pathOf(node.init, names);
  if (path) bind(node.id, path, names);
}

function bind(pattern: AnyNode, path: readonly string[], names: Names): void {
  if (pattern.type === "Identifier") names.set(pattern.name, path);
  if (pattern.type === "AssignmentPattern") bind(pattern.left, path, names);
  if (pattern.type !== "ObjectPattern") return;
  for (const property of pattern.properties) {
    if (property.type !== "Property" || property.key.type !== "Identifier") continue;
    bind(property.value, [...path, property.key.name], names);
  }
}

/** The path below `kong` that an expression stands for; undefined for anything else. */
function pathOf(node: AnyNode, names: Names): readonly string[] | undefined {
  switch (node.type) {
    case "Identifier":
      return names.get(node.name);
    case "ChainExpression":
      return pathOf(node.expression, names);
    case "ThisExpression":
      return undefined;
    case "MemberExpression": {
      const path = pathOf(node.object, names);
      const { property } = node;
      const name = node.computed
        ? property.type === "Literal" && typeof property.value === "string"
          ? property.value
          : undefined
        : property.type === "Identifier"
        ? property.name
        : undefined;
      return path && name !== undefined ? [...path, name] : undefined;
    }
    default:
      return undefined;
  }
}

function methodOf(path: readonly string[]): PdkMethod | undefined {
  const parts = path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  const last = parts.pop();
  if (last === undefined) return undefined;
  const method = ["kong", ...parts, OTHER_NAMES[last] ?? last].join(".");
  return Object.hasOwn(PDK_FUNCTIONS, method) ? method as PdkMethod : undefined;
}

/** What a node imports: with `import`, `export ... from`, `import()` or `require()`. */
function importedBy(node: AnyNode): string | undefined {
  const textOf = (from: AnyNode | null | undefined) =>
    from?.type === "Literal" && typeof from.value === "string" ? from.value : undefined;
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
      return textOf(node.source);
    case "CallExpression":
      return node.callee.type === "Identifier" && node.callee.name === "require"
        ? textOf(node.arguments[0])
        : undefined;
    default:
      return undefined;
  }
}
