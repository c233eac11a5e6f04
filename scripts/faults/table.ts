// Cells as a table: modes of one kind with the same cells share a row, combinations with the same cell too.
import type { Cell } from "../../tests/kong/faults/cell.ts";
import { KINDS } from "../../tests/kong/faults/modes/all.ts";
import { labelOf } from "./label.ts";
import type { Result } from "./result.ts";

/** What is told of a cell: its columns. */
export const COLUMNS = ["the request", "others meanwhile", "the process", "named"] as const;

/** Modes whose cells are all the same. */
interface Row {
  readonly modes: readonly string[];
  /** Combinations with one cell, and its columns. */
  readonly cells: readonly (readonly [where: string, columns: readonly string[]])[];
}

const ANSWERS: Readonly<Record<Cell["answer"], string>> = {
  ok: "goes on",
  stopped: "the plugin's answer",
  failed: "500",
  unchecked: "**unchecked**",
  hung: "**never answered**",
};

/** The columns of a cell. */
export function columnsOf(cell: Cell): readonly string[] {
  const { meanwhile, servedAfter, server, deaths, blamed } = cell;
  const others = meanwhile.filter((kind) => kind !== "ok").map((kind) => ANSWERS[kind]);
  const process = deaths > 0 ? "replaced" : server;
  return [
    server === "does not start" ? "nobody is there" : ANSWERS[cell.answer],
    servedAfter ? (others.length === 0 ? "served" : `served, ${others.join(", ")}`) : "not served",
    process,
    blamed ? "yes" : "no",
  ];
}

/** A cell in a line. */
export function cellText(cell: Cell): string {
  return columnsOf(cell).map((text, at) => `${COLUMNS[at]}: ${text}`).join("; ");
}

/** The rows of a kind. */
export function rowsOf(results: readonly Result[]): Row[] {
  const rows = new Map<string, Row & { modes: string[] }>();
  for (const [name, ofMode] of grouped(results, ({ mode }) => mode.name)) {
    const cells = [...grouped(ofMode, ({ cell }) => JSON.stringify(columnsOf(cell)))]
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([columns, same]): Row["cells"][number] => [
        labelOf(same.map(({ combination }) => combination), ofMode.map((one) => one.combination)),
        JSON.parse(columns) as string[],
      ]);
    const key = JSON.stringify(cells);
    const row = rows.get(key);
    if (row) row.modes.push(name);
    else rows.set(key, { modes: [name], cells });
  }
  return [...rows.values()];
}

/** Tables in Markdown, a heading each. */
export function tableOf(results: readonly Result[]): string {
  const sections = Object.entries(KINDS).flatMap(([kind, modes]) => {
    const names = new Set(modes.map(({ name }) => name));
    const ofKind = results.filter(({ mode }) => names.has(mode.name));
    if (ofKind.length === 0) return [];
    const order = modes.map(({ name }) => name);
    ofKind.sort((a, b) => order.indexOf(a.mode.name) - order.indexOf(b.mode.name));
    return [`## ${kind}\n\n${markdown(rowsOf(ofKind))}`];
  });
  return sections.join("\n\n");
}

function markdown(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ modes, cells }) =>
    cells.map(([where, columns], at) => {
      const names = at === 0 ? modes.map((name) => name.replaceAll("-", " ")).join("; ") : "";
      return `| ${[names, where, ...columns].join(" | ")} |`;
    })
  );
  const head = ["the plugin", "where", ...COLUMNS];
  return [`| ${head.join(" | ")} |`, `|${head.map(() => " --- |").join("")}`, ...lines].join("\n");
}

/** Things by what they have in common, in the order of the first of each. */
function grouped<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
