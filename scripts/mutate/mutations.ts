// What is changed in a source: small edits, each of which some test should notice.
import type { Edit } from "./edit.ts";
import { editsOfFlow } from "./flow.ts";
import { editsOfOperators } from "./operators.ts";
import { isInText } from "./texts.ts";
import { type AnyNode, walk } from "./syntax.ts";
import { editsOfValues } from "./values.ts";

/** An edit, with the node that it changes and those that the node is in, the innermost last. */
export interface Mutation extends Edit {
  readonly node: AnyNode;
  readonly ancestors: readonly AnyNode[];
}

/**
 * All mutations of a module.
 *
 * @param code without types
 * @param root its tree
 */
export function findMutations(code: string, root: AnyNode): Mutation[] {
  const found: Mutation[] = [];
  walk(root, (node, ancestors) => {
    if (isWiring(node)) return false;
    // Whatever is computed in a text for people is a part of it.
    if (node.type === "TemplateLiteral" && isInText(node, ancestors)) return false;
    const edits = [
      ...editsOfFlow(node, ancestors),
      ...editsOfOperators(node, ancestors.at(-1), code),
      ...editsOfValues(node, ancestors, code),
    ];
    for (const edit of edits) found.push({ ...edit, node, ancestors: [...ancestors] });
    return true;
  });
  return found;
}

/** Imports and re-exports: without them nothing runs. */
function isWiring(node: AnyNode): boolean {
  return node.type === "ImportDeclaration" || node.type === "ImportExpression" ||
    node.type === "ExportAllDeclaration" ||
    node.type === "ExportNamedDeclaration" && node.source != null;
}
