// Long texts in lines.

/**
 * A text in lines: broken at spaces, else behind slashes, else anywhere.
 *
 * @param width of a line, in characters
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const slash = rest.lastIndexOf("/", width - 1) + 1;
    const at = space > 0 ? space : slash > 1 ? slash : width;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
