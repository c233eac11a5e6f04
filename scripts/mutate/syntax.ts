// A TypeScript file as a syntax tree whose positions are those of the file.
import module from "node:module";
import { type AnyNode, parse } from "acorn";

export type { AnyNode };

/**
 * Blanks the types out of a source, character by character, so that what is left stands where it
 * stood.
 *
 * @throws {SyntaxError} if it does not parse, or has TypeScript in it that cannot be blanked out
 */
export function withoutTypes(source: string): string {
  const stripped = module.stripTypeScriptTypes(source);
  if (stripped.length !== source.length) throw new SyntaxError("taking types out moved the code");
  return stripped;
}

/**
 * Calls `visit` for each node below `root`, parents first.
 *
 * @param visit gets a node and those that it is in, the innermost last; false skips what is in it
 */
export function walk(
  root: AnyNode,
  visit: (node: AnyNode, ancestors: readonly AnyNode[]) => boolean,
): void {
  const ancestors: AnyNode[] = [];
  const enter = (node: AnyNode) => {
    if (!visit(node, ancestors)) return;
    ancestors.push(node);
    for (const child of childrenOf(node)) enter(child);
    ancestors.pop();
  };
  enter(root);
}

/**
 * Parses a module without types.
 *
 * @throws {SyntaxError} if it does not parse
 */
export function parseModule(code: string): AnyNode {
  return parse(code, { ecmaVersion: "latest", sourceType: "module" });
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((value: unknown) => Array.isArray(value) ? value : [value])
    .filter(isNode);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
