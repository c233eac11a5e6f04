// Regular expressions of Kong's routes, as JavaScript has them.

/** An expression, or why it is none. */
export type KongRegExp =
  | { readonly expression: RegExp; readonly error?: undefined }
  | { readonly error: string };

/** What JavaScript has and Kong's router has not. */
function notInRust(source: string): string | undefined {
  // Pairs of a backslash and what is behind it.
  const escapes = source.match(/\\[^]/g) ?? [];
  if (escapes.some((escape) => /[1-9k]/.test(escape[1]!))) {
    return "backreferences are not supported";
  }
  return /\(\?<?[=!]/.test(source.replace(/\\[^]/g, ""))
    ? "look-around, including look-ahead and look-behind, is not supported"
    : undefined;
}

/**
 * Compiles an expression. Kong's router has Rust's expressions: named groups are written `(?<name>` or
 * `(?P<name>`, and flags stand in front as in `(?i)`.
 *
 * @param source without the `~` or `~*` in front of it
 */
export function kongRegExp(source: string): KongRegExp {
  const [, front, rest = ""] = /^(?:\(\?([a-zA-Z]+)\))?(.*)$/s.exec(source)!;
  const flags = front ?? "";
  if (!/^[imsu]*$/.test(flags)) return { error: `the flags ${flags} are not known here` };
  const unknown = notInRust(rest);
  if (unknown !== undefined) return { error: unknown };
  try {
    const expression = new RegExp(
      rest.replaceAll("(?P<", "(?<"),
      [...new Set(flags.replaceAll("u", ""))].join(""),
    );
    return { expression };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
