// Rows of text in columns, which fit a terminal.
import { wrap } from "./wrap.ts";

/** Widest table, in characters. */
const WIDTH = 100;
const GAP = "  ";
/** No column is made narrower than this for the sake of others. */
const NARROWEST = 10;

/**
 * Lays rows out in columns, with a line under the heads; the last column is not padded. A cell that is
 * too long for its column goes on in the lines below.
 *
 * @param heads one for each column
 * @param rows each with as many cells as there are heads
 * @param width of the whole table, as far as its columns allow
 */
export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width = WIDTH,
): string {
  const widths = fitting(
    heads.map((head, column) =>
      Math.max(head.length, ...rows.map((row) => cell(row, column).length))
    ),
    width,
  );
  const line = (cells: readonly string[]) =>
    cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(GAP).trimEnd();
  const lines = (row: readonly string[]) => {
    const wrapped = heads.map((_, column) => wrap(cell(row, column), widths[column] ?? 0));
    const height = Math.max(...wrapped.map(({ length }) => length));
    return Array.from({ length: height }, (_, at) => line(wrapped.map((parts) => parts[at] ?? "")));
  };
  const rule = widths.map((columns) => "-".repeat(columns));
  return [...lines(heads), line(rule), ...rows.flatMap(lines)].join("\n");
}

function cell(row: readonly string[], column: number): string {
  return row[column] ?? "";
}

/** Takes from the widest columns until all fit, or none has anything to give. */
function fitting(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let over = widths.reduce((sum, one) => sum + one, (widths.length - 1) * GAP.length) - width;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
    over--;
  }
  return widths;
}
