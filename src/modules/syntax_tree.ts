// The syntax tree of a module, and what is read out of it.
import { type AnyNode, parse } from "acorn";
import { transform } from "sucrase";

/** The tree of what is left when types are taken out: with the same lines, in other columns. */
export function syntaxTree(
  file: string,
  source: string,
): AnyNode & { readonly code: string } | undefined {
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

/** Calls `visit` for each node, parents first. */
export function walk(node: AnyNode, visit: (node: AnyNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") walk(child as AnyNode, visit);
    }
  }
}

/** What a node imports: with `import`, `export ... from`, `import()` or `require()`. */
export function importedBy(node: AnyNode): string | undefined {
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
