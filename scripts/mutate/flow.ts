// Changed ways through a function: conditions that always hold or never, statements and results left out.
import { type Edit, isCondition, replaced } from "./edit.ts";
import { COMPARISONS } from "./operators.ts";
import type { AnyNode } from "./syntax.ts";
import { choosesText } from "./texts.ts";

/** The edits that change which way is gone at a node. */
export function editsOfFlow(node: AnyNode, ancestors: readonly AnyNode[]): Edit[] {
  const parent = ancestors.at(-1);
  return [...ofCondition(node, ancestors), ...ofStatement(node), ...ofReturn(node, parent)];
}

/** Conditions are held at true and at false; of a loop only at false, since it would never end. */
function ofCondition(node: AnyNode, ancestors: readonly AnyNode[]): Edit[] {
  const parent = ancestors.at(-1);
  if (!parent || !isCondition(node, parent) || node.type === "Literal") return [];
  if (choosesText(parent, ancestors.slice(0, -1))) return [];
  const branches = parent.type === "IfStatement" || parent.type === "ConditionalExpression";
  return (branches ? ["true", "false"] : ["false"]).map((text) =>
    replaced(node, "condition", text)
  );
}

function ofStatement(node: AnyNode): Edit[] {
  switch (node.type) {
    case "ExpressionStatement": {
      const { expression } = node;
      const isSuper = expression.type === "CallExpression" && expression.callee.type === "Super";
      if (isSuper || "directive" in node && node.directive !== undefined) return [];
      return [replaced(expression, "statement removed", "undefined")];
    }
    case "ThrowStatement":
    case "ContinueStatement":
      return [replaced(node, "statement removed", ";")];
    case "ReturnStatement":
      return node.argument ? [] : [replaced(node, "statement removed", ";")];
    default:
      return [];
  }
}

/** What a function gives is left out. */
function ofReturn(node: AnyNode, parent: AnyNode | undefined): Edit[] {
  const returned = parent?.type === "ReturnStatement" ||
    parent?.type === "ArrowFunctionExpression" && parent.body === node;
  if (!returned || node.type === "BlockStatement" || isUndefined(node)) return [];
  // These are changed in a way that is harder to notice already.
  if (node.type === "Literal" && typeof node.value !== "number") return [];
  if (node.type === "TemplateLiteral") return [];
  if (node.type === "ArrayExpression" && node.elements.length > 0) return [];
  if (node.type === "ObjectExpression" && node.properties.length > 0) return [];
  if (node.type === "BinaryExpression" && node.operator in COMPARISONS) return [];
  return [replaced(node, "return value", "undefined")];
}

function isUndefined(node: AnyNode): boolean {
  return node.type === "Identifier" && node.name === "undefined" ||
    node.type === "UnaryExpression" && node.operator === "void";
}
