// What a mutation run prints: a line for each file, the mutants that survived, a sum.
import { reasonFor } from "./accepted.ts";
import type { Fate } from "./hunt.ts";
import type { Mutant } from "./mutants.ts";

/** A mutant and what became of it. */
export interface Result {
  readonly mutant: Mutant;
  readonly fate: Fate;
}

/** Results in numbers. */
export interface Tally {
  readonly killed: number;
  readonly timedOut: number;
  readonly survived: number;
  readonly notCovered: number;
  /** Survivors and mutants without coverage that are listed with a reason; not in those. */
  readonly accepted: number;
}

/** Counts results. */
export function tally(results: readonly Result[]): Tally {
  const count = (fate: Fate) => results.filter((result) => result.fate === fate);
  const open = (fate: Fate) => count(fate).filter(({ mutant }) => !reasonFor(mutant)).length;
  const [survived, notCovered] = [open("survived"), open("not covered")];
  return {
    killed: count("killed").length,
    timedOut: count("timed out").length,
    survived,
    notCovered,
    accepted: count("survived").length + count("not covered").length - survived - notCovered,
  };
}

/** How many of all mutants but the accepted were killed, by time too, in percent; 100 of none. */
export function score({ killed, timedOut, survived, notCovered }: Tally): number {
  const all = killed + timedOut + survived + notCovered;
  return all === 0 ? 100 : 100 * (killed + timedOut) / all;
}

/** A line for a file or for all of them. */
export function formatTally(name: string, counts: Tally): string {
  const { killed, timedOut, survived, notCovered, accepted } = counts;
  const parts = [
    `${killed} killed`,
    `${timedOut} by time`,
    `${survived} survived`,
    `${notCovered} not covered`,
    `${accepted} accepted`,
  ];
  return `${score(counts).toFixed(1).padStart(5)} %  ${name}: ${parts.join(", ")}`;
}

/** The mutants that nothing killed, with file, line and change; those that are accepted at the end. */
export function formatSurvivors(results: readonly Result[]): string[] {
  const alive = results.filter(({ fate }) => fate === "survived" || fate === "not covered");
  const open = alive.filter(({ mutant }) => !reasonFor(mutant));
  const accepted = alive.filter(({ mutant }) => reasonFor(mutant));
  return [
    ...section("Survived:", open.filter(({ fate }) => fate === "survived"), formatMutant),
    ...section("Not covered:", open.filter(({ fate }) => fate === "not covered"), formatMutant),
    ...section("Accepted:", accepted, (mutant) => `${formatMutant(mutant)}: ${reasonFor(mutant)}`),
  ];
}

function section(
  title: string,
  results: readonly Result[],
  format: (mutant: Mutant) => string,
): string[] {
  if (results.length === 0) return [];
  return ["", title, ...results.map(({ mutant }) => `  ${format(mutant)}`)];
}

/** A mutant in a line: where it is, and what is changed into what. */
export function formatMutant({ file, line, column, kind, from, to }: Mutant): string {
  return `${file}:${line}:${column}  ${kind}: ${from} -> ${to}`;
}
