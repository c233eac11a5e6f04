// What a worker writes down of what it runs: the layout that it and the supervisor agree on.
import { type Phase, PHASES } from "../../../engine/phases.ts";

/** Things that can be written down at once; what is beyond them runs unwritten. */
export const PLACES = 4096;

const CELLS_OF_PLACE = 3;

/** All cells. */
export const CELLS = PLACES * CELLS_OF_PLACE;

/**
 * The first cell of a place, with the instance's id. The one behind it says what it does, the third
 * how many events had begun when the place was taken: it stays when the place is left.
 */
export function instanceCell(place: number): number {
  return place * CELLS_OF_PLACE;
}

/** What a place is used for: the phase of an event, or the start of an instance. */
export type Doing = Phase | "init";

const DOING: readonly Doing[] = [...PHASES, "init"];

/** Where the parts of the second cell begin, in bits: whether it waits, what it does, its turn. */
const DOING_BIT = 1;
const TURN_BIT = 5;
const DOING_MASK = (1 << (TURN_BIT - DOING_BIT)) - 1;
/** Turns count up to this, and begin again: 26 bits, and the sign stays what it is. */
const TURNS = 1 << 26;

/** What a second cell says. */
export interface Said {
  readonly doing: Doing;
  /** Whether none of its code runs until the gateway has answered. */
  readonly waits: boolean;
  /** Counts up, each time that code of any place begins to run: the highest one ran last. */
  readonly turn: number;
}

/** The second cell; 0 is a free place's. */
export function toCell({ doing, waits, turn }: Said): number {
  const what = ((DOING.indexOf(doing) + 1) << DOING_BIT) | (waits ? 1 : 0);
  return ((turn % TURNS) << TURN_BIT) | what;
}

/** What a second cell says; undefined for a free place, and for what nobody has written. */
export function fromCell(cell: number): Said | undefined {
  const doing = DOING[((cell >> DOING_BIT) & DOING_MASK) - 1];
  return doing && { doing, waits: (cell & 1) === 1, turn: (cell >>> TURN_BIT) % TURNS };
}
