// Changed values and calls: literals, methods, optional chains.
import { type Edit, replaced, replacedBetween } from "./edit.ts";
import { isText } from "./texts.ts";
import type { AnyNode } from "./syntax.ts";

/** The edits that change what a node's value is made of. */
export function editsOfValues(
  node: AnyNode,
  ancestors: readonly AnyNode[],
  code: string,
): Edit[] {
  return [...ofLiteral(node, ancestors), ...ofOptional(node, code), ...ofMethod(node, code)];
}

function ofLiteral(node: AnyNode, ancestors: readonly AnyNode[]): Edit[] {
  const parent = ancestors.at(-1);
  switch (node.type) {
    case "Literal":
      if (typeof node.value === "boolean") {
        return [replaced(node, "boolean", String(!node.value))];
      }
      if (typeof node.value !== "string" || isName(node, parent) || isText(node, ancestors)) {
        return [];
      }
      return [replaced(node, "string", node.value === "" ? '"mutant"' : '""')];
    case "TemplateLiteral":
      return parent?.type === "TaggedTemplateExpression" ? [] : [replaced(node, "string", "``")];
    case "ArrayExpression":
      return node.elements.length === 0 ? [] : [replaced(node, "array", "[]")];
    case "ObjectExpression":
      return node.properties.length === 0 ? [] : [replaced(node, "object", "{}")];
    default:
      return [];
  }
}

/** Strings that name a property, a directive or a type: changed, they are another mutation. */
function isName(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (!parent) return false;
  if ("key" in parent && parent.key === node) return !("computed" in parent && parent.computed);
  if (parent.type === "ExpressionStatement") return true;
  // `typeof x === ""` is never true, as with the operator changed.
  return parent.type === "BinaryExpression" &&
    [parent.left, parent.right].some((side) =>
      side.type === "UnaryExpression" && side.operator === "typeof"
    );
}

/** Methods that do much the same, and those without which a value often passes as well. */
const OTHER_METHODS: ReadonlyMap<string, string> = new Map([
  ["min", "max"],
  ["max", "min"],
  ["some", "every"],
  ["every", "some"],
  ["startsWith", "endsWith"],
  ["endsWith", "startsWith"],
]);
const LEFT_OUT: ReadonlySet<string> = new Set([
  "filter",
  "reverse",
  "slice",
  "sort",
  "subarray",
  "toLowerCase",
  "trim",
]);

/** `?.` becomes `.`, and nothing before `[` and `(`. */
function ofOptional(node: AnyNode, code: string): Edit[] {
  const isMember = node.type === "MemberExpression";
  if (!isMember && node.type !== "CallExpression" || !node.optional) return [];
  const before = isMember ? node.object : node.callee;
  const text = isMember && !node.computed ? "." : "";
  return [replacedBetween(code, [before.end, node.end], "?.", "optional chain", text)];
}

function ofMethod(node: AnyNode, code: string): Edit[] {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return [];
  const { object, property } = node.callee;
  if (property.type !== "Identifier") return [];
  const other = OTHER_METHODS.get(property.name);
  if (other) return [replaced(property, "method", other)];
  if (!LEFT_OUT.has(property.name)) return [];
  return [replaced(node, "call left out", `(${code.slice(object.start, object.end)})`)];
}
