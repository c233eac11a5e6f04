// What a worker writes down of what it runs: the layout that it and the supervisor agree on.
import { type Phase, PHASES } from "../../../engine/phases.ts";

/** Things that can be written down at once; what is beyond them runs unwritten. */
export const PLACES = 4096;

/** The cell with the place, from 1, whose code ran last; 0 while that waits for the gateway. */
export const CURRENT = 0;

const FIRST = 2;
const CELLS_OF_PLACE = 2;

/** All cells. */
export const CELLS = FIRST + PLACES * CELLS_OF_PLACE;

/** The first cell of a place, with the instance's id. The one behind it says what it does. */
export function instanceCell(place: number): number {
  return FIRST + place * CELLS_OF_PLACE;
}

/** What a place is used for: the phase of an event, or the start of an instance. */
export type Doing = Phase | "init";

const DOING: readonly Doing[] = [...PHASES, "init"];

/** The second cell: 0 for a free place. */
export function toCell(doing: Doing, waits: boolean): number {
  return ((DOING.indexOf(doing) + 1) << 1) | (waits ? 1 : 0);
}

/** What a second cell says; undefined for a free place, and for what nobody has written. */
export function fromCell(
  cell: number,
): { readonly doing: Doing; readonly waits: boolean } | undefined {
  const doing = DOING[(cell >> 1) - 1];
  return doing && { doing, waits: (cell & 1) === 1 };
}
