// Changed operators: comparisons and their boundaries, arithmetic, logic, assignments.
import type { LogicalExpression } from "acorn";
import { type Edit, isCondition, replaced, replacedBetween } from "./edit.ts";
import type { AnyNode } from "./syntax.ts";

/** The first of two is the other side of the boundary. */
export const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "==": ["!="],
  "!=": ["=="],
};

const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
  "<<": ">>",
  ">>": "<<",
  ">>>": "<<",
  "&": "|",
  "|": "&",
  "^": "&",
};

const ASSIGNMENTS: Readonly<Record<string, string>> = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "%=": "*=",
  "<<=": ">>=",
  ">>=": "<<=",
  ">>>=": "<<=",
  "&=": "|=",
  "|=": "&=",
  "^=": "&=",
  "??=": "=",
  "||=": "=",
  "&&=": "=",
};

/** The edits that change the operator of a node. */
export function editsOfOperators(
  node: AnyNode,
  parent: AnyNode | undefined,
  code: string,
): Edit[] {
  switch (node.type) {
    case "BinaryExpression": {
      const { left, right, operator } = node;
      const swap = (text: string) =>
        replacedBetween(code, [left.end, right.start], operator, "operator", text);
      const arithmetic = ARITHMETIC[operator];
      if (arithmetic) return isString(left) || isString(right) ? [] : [swap(arithmetic)];
      const others = COMPARISONS[operator] ?? [];
      // As a condition it is held at true and at false, so only the boundary is left.
      const boundary = /[<>]/.test(operator) ? others.slice(0, 1) : [];
      return (isCondition(node, parent) ? boundary : others).map(swap);
    }
    case "AssignmentExpression": {
      const { left, right, operator } = node;
      const other = ASSIGNMENTS[operator];
      if (!other || isString(right)) return [];
      return [replacedBetween(code, [left.end, right.start], operator, "operator", other)];
    }
    case "LogicalExpression":
      return withoutOneOperand(node, code);
    case "UnaryExpression": {
      const negates = node.operator === "!" && !isCondition(node, parent);
      if (!negates && node.operator !== "-" && node.operator !== "~") return [];
      const { start, end } = node.argument;
      return [replaced(node, "operator", `(${code.slice(start, end)})`)];
    }
    case "UpdateExpression": {
      const start = node.prefix ? node.start : node.end - 2;
      const text = node.operator === "++" ? "--" : "++";
      return [{ kind: "operator", start, end: start + 2, text }];
    }
    default:
      return [];
  }
}

/** Strings are not subtracted. */
function isString(node: AnyNode): boolean {
  return node.type === "TemplateLiteral" ||
    node.type === "Literal" && typeof node.value === "string" ||
    node.type === "BinaryExpression" && (isString(node.left) || isString(node.right));
}

/** `a && b` is more than `a`, and more than `b`. */
function withoutOneOperand(node: LogicalExpression, code: string): Edit[] {
  return [node.left, node.right].map((operand) =>
    replaced(node, "operand removed", `(${code.slice(operand.start, operand.end)})`)
  );
}
