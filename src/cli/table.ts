// Rows of text in columns.

/**
 * Lays rows out in columns, with a line under the heads; the last column is not padded.
 *
 * @param heads one for each column
 * @param rows each with as many cells as there are heads
 */
export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  const rule = heads.map((_, column) => "-".repeat(widths[column] ?? 0));
  return [line(heads), line(rule), ...rows.map(line)].join("\n");
}
