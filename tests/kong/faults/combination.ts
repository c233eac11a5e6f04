// What a mode is tried in: the forms of gibbon, its layouts, Kong's protocols.
import type { Protocol } from "../life/nginx/worker.ts";
import type { Program } from "../support/programs.ts";

/** How gibbon is run: with a supervisor, as it is by default, or as one process. */
export type LayoutName = "workers" | "one process";

/** Options of each layout. */
export const LAYOUT_OPTIONS: Readonly<Record<LayoutName, readonly string[]>> = {
  workers: [],
  "one process": ["--workers", "0"],
};

/** The layouts, as the table has them. */
export const LAYOUT_NAMES: readonly LayoutName[] = ["workers", "one process"];

/** What a mode is tried in. */
export interface Combination {
  readonly program: Program;
  readonly layout: LayoutName;
  readonly protocol: Protocol;
}
