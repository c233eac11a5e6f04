// Changed ways through a function: conditions that always hold or never, statements and results left out.
import { type Edit, isCondition, replaced } from "./edit.ts";
import { COMPARISONS } from "./operators.ts";
import type { AnyNode } from "./syntax.ts";

/** The edits that change which way is gone at a node. */
export function editsOfFlow(node: AnyNode, parent: AnyNode | undefined): Edit[] {
  return [...ofCondition(node, parent), ...ofStatement(node), ...ofReturn(node, parent)];
}

/** Conditions are held at true and at false; of a loop only at false, since it would never end. */
function ofCondition(node: AnyNode, parent: AnyNode | undefined): Edit[] {
  if (!parent || !isCondition(node, parent) || node.type === "Literal") return [];
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
