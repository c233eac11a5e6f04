// The cells of all runs, in a file: all of the table takes hours, and can be had in parts.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Cell } from "../../tests/kong/faults/cell.ts";
import type { Combination } from "../../tests/kong/faults/combination.ts";
import type { Mode } from "../../tests/kong/faults/modes/mode.ts";
import { judge, type Result } from "./result.ts";

/** Beside what is built: it is not part of the project. */
const FILE = fileURLToPath(new URL("../../dist/faults.json", import.meta.url));

/** Text of a longer cell than this tells nobody more, in characters. */
const MOST_TEXT = 500;

/** Cells by their key. */
export class Store {
  readonly #cells: Map<string, Cell>;
  #writing = Promise.resolve();

  private constructor(cells: Map<string, Cell>) {
    this.#cells = cells;
  }

  /** Reads what earlier runs have left. */
  static async open(): Promise<Store> {
    try {
      const entries = Object.entries(JSON.parse(await readFile(FILE, "utf8")));
      return new Store(new Map(entries as [string, Cell][]));
    } catch {
      return new Store(new Map());
    }
  }

  /** Keeps results, in the place of older ones. */
  readonly add = (results: readonly Result[]): Promise<void> => {
    for (const { mode, combination, cell } of results) {
      this.#cells.set(cellName(mode, combination), short(cell));
    }
    return this.#writing = this.#writing.then(() => this.#write());
  };

  /** The results that there are of modes and combinations. */
  results(modes: readonly Mode[], combinations: readonly Combination[]): Result[] {
    return modes.flatMap((mode) =>
      combinations.flatMap((combination) => {
        const cell = this.#cells.get(cellName(mode, combination));
        return cell ? [judge(combination, mode, cell)] : [];
      })
    );
  }

  async #write(): Promise<void> {
    await mkdir(path.dirname(FILE), { recursive: true });
    // Of its own: two runs may write at once.
    const next = `${FILE}.${process.pid}`;
    await writeFile(next, JSON.stringify(Object.fromEntries(this.#cells)));
    await rename(next, FILE);
  }
}

/** What a cell is called: its mode, and where it was tried. */
export function cellName({ name }: Mode, { program, layout, protocol }: Combination): string {
  return [name, program.what, layout, protocol].join(", ");
}

function short(cell: Cell): Cell {
  const cut = (text: string) => text.slice(0, MOST_TEXT);
  return { ...cell, reason: cell.reason && cut(cell.reason), harm: cell.harm.slice(0, 5).map(cut) };
}
