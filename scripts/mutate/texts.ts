// Which strings of a source are words for people: of errors and of the log. They are not mutated.
import type { AnyNode } from "./syntax.ts";

/** What makes or carries errors: `new GibbonError(...)`, `eventError(...)`. */
const ERROR_MAKERS = /Error$/;

/** The log's methods. */
const LOG_METHODS: ReadonlySet<string> = new Set(["debug", "info", "warn", "error"]);

/** Properties, variables and parameters that hold such words. */
const NAMES_OF_TEXTS: ReadonlySet<string> = new Set([
  "message",
  "reason",
  "remedy",
  "text",
  "unanswered",
  "what",
]);

/** Codes of errors are read by programs, so they are mutated. */
const CODE = /^[A-Z][A-Z_]+$/;

/** Whether a string or template is for people only. */
export function isText(node: AnyNode, ancestors: readonly AnyNode[]): boolean {
  if (node.type === "Literal" && typeof node.value === "string" && CODE.test(node.value)) {
    return false;
  }
  return isInText(node, ancestors);
}

/** Whether a node is in what is made for people only. */
export function isInText(node: AnyNode, ancestors: readonly AnyNode[]): boolean {
  let child = node;
  for (const ancestor of [...ancestors].reverse()) {
    if (isFunction(ancestor)) return false;
    if (holdsText(ancestor, child)) return true;
    child = ancestor;
  }
  return false;
}

/** Whether a `?:` does nothing but choose between words for people. */
export function choosesText(node: AnyNode, ancestors: readonly AnyNode[]): boolean {
  const parent = ancestors.at(-1);
  return node.type === "ConditionalExpression" && parent !== undefined &&
    parent.type !== "ThrowStatement" && holdsText(parent, node);
}

function holdsText(node: AnyNode, child: AnyNode): boolean {
  switch (node.type) {
    case "ThrowStatement":
      return true;
    case "NewExpression":
    case "CallExpression":
      return node.callee !== child && ERROR_MAKERS.test(lastName(node.callee)) ||
        isLogCall(node.callee);
    case "Property":
      return node.value === child && NAMES_OF_TEXTS.has(lastName(node.key));
    case "VariableDeclarator":
      return NAMES_OF_TEXTS.has(lastName(node.id));
    case "AssignmentExpression":
    case "AssignmentPattern":
      return NAMES_OF_TEXTS.has(lastName(node.left));
    default:
      return false;
  }
}

function isLogCall(callee: AnyNode): boolean {
  if (callee.type !== "MemberExpression" || !LOG_METHODS.has(lastName(callee))) return false;
  return /^#?(?:log|logger|console)$/.test(lastName(callee.object));
}

function lastName(node: AnyNode): string {
  if (node.type === "Identifier" || node.type === "PrivateIdentifier") return node.name;
  return node.type === "MemberExpression" ? lastName(node.property) : "";
}

/** Whether a node is a function: what it is in says nothing of what its body is for. */
export function isFunction(node: AnyNode): boolean {
  return node.type === "FunctionExpression" || node.type === "FunctionDeclaration" ||
    node.type === "ArrowFunctionExpression";
}
