// What became of a mode in a combination, and whether that is right.
import type { Cell } from "../../tests/kong/faults/cell.ts";
import type { Combination } from "../../tests/kong/faults/combination.ts";
import { surprises } from "../../tests/kong/faults/known.ts";
import type { Mode } from "../../tests/kong/faults/modes/mode.ts";
import { wrongsOf } from "../../tests/kong/faults/verdict.ts";

/** A cell with what is to be said of it. */
export interface Result {
  readonly mode: Mode;
  readonly combination: Combination;
  readonly cell: Cell;
  /** What is wrong, known or not. */
  readonly wrongs: readonly string[];
  /** What is wrong and was not known, or the other way round. */
  readonly surprises: readonly string[];
}

/** Judges a cell. */
export function judge(combination: Combination, mode: Mode, cell: Cell): Result {
  const wrongs = wrongsOf(cell, mode, combination);
  return { mode, combination, cell, wrongs, surprises: surprises(wrongs, mode, combination) };
}
