// Whether a source file declares a function or a method.

/**
 * @param source text of a file, as `deno fmt` leaves it
 * @param name `function`, or `Class.method` (a getter, or a field that is a function, counts too)
 */
export function declares(source: string, name: string): boolean {
  const [owner = "", method] = name.split(".");
  if (method === undefined) {
    return new RegExp(`^(?:export )?(?:(?:async )?function\\*? |const )${owner}\\b`, "m").test(
      source,
    );
  }
  const body = new RegExp(`^(?:export )?(?:abstract )?class ${owner}\\b[^]*?^\\}$`, "m").exec(
    source,
  );
  if (!body) return false;
  return new RegExp(
    `^  (?:(?:override|abstract|static|readonly|async|get) )*\\*?${method}(?:[<(]|: | = )`,
    "m",
  ).test(body[0]);
}
