// Which functions of the PDK a source calls, as far as that can be read without running it.
import type { AnyNode } from "acorn";
import { importedBy, syntaxTree, walk } from "../../modules/syntax_tree.ts";
import { positionAt } from "../../runtime/shared/modules/text.ts";
import { PHASES } from "../engine/phases.ts";
import { PDK_FUNCTIONS, type PdkMethod } from "../pdk/functions.ts";

/** A call that a source makes. */
export interface FoundCall {
  readonly method: PdkMethod;
  /** From 1. */
  readonly line: number;
  /** From 1, where types are taken out. */
  readonly column: number;
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
  const root = syntaxTree(file, source);
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
    if (method) calls.push({ method, ...positionAt(root.code, node.start) });
  });
  return { calls, imports };
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
