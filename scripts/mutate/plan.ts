// Which tests are run for a mutant, in which order, and how long they may take.
import type { Measured, UsableTest } from "./measure.ts";
import type { Mutant } from "./mutants.ts";
import type { Unit } from "./orders.ts";

/** How a mutant is tried. */
export interface Plan {
  readonly units: readonly Unit[];
  /** Tests that pass only once a process, so that they have to run in one of their own. */
  readonly lastUnits: readonly Unit[];
  /** Whether it has to be on before anything is loaded, in a process of its own. */
  readonly fresh: boolean;
}

/** What a test has on top of what it took when it was measured, in milliseconds. */
const SPARE_MS = 2000;

/** How many times as long it may take: machines are noisy. */
const TIMES_AS_LONG = 20;

/** The same for places of mutants that it comes by: no loop of a few bytes makes these steps. */
const SPARE_PLACES = 100_000;
const TIMES_AS_MANY = 10;

/**
 * Plans a mutant: the tests that reach it, those of its own room first, the quickest files first.
 *
 * @param distance how many imports lie between a test file and the mutant's
 */
export function planFor(
  mutant: Mutant,
  { tests, loading, once }: Measured,
  distance: (testFile: string) => number,
): Plan {
  const loadedBy = loading.get(mutant.id) ?? [];
  const chosen = tests.filter(({ file, hits }) => hits.has(mutant.id) || loadedBy.includes(file));
  const ownFolder = `tests/${mutant.file.split("/").slice(1, -1).join("/")}/`;
  const rank = (file: string) => file.startsWith(ownFolder) ? 0 : 1;
  const unitsOf = (some: readonly UsableTest[]): Unit[] =>
    [...Map.groupBy(some, ({ file }) => file)].sort(([a, ofA], [b, ofB]) =>
      rank(a) - rank(b) || distance(a) - distance(b) || cost(ofA) - cost(ofB)
    ).map(([file, ofFile]) => ({ file, tests: ofFile.map(limited) }));
  const fresh = loadedBy.length > 0 || once.has(mutant.id);
  return {
    units: unitsOf(fresh ? chosen : chosen.filter(({ onlyOnce }) => !onlyOnce)),
    lastUnits: unitsOf(fresh ? [] : chosen.filter(({ onlyOnce }) => onlyOnce)),
    fresh,
  };
}

function cost(tests: readonly UsableTest[]): number {
  return tests.reduce((sum, { ms }) => sum + ms, 0);
}

function limited({ at, ms, hits }: UsableTest) {
  const places = hits.values().reduce((sum, count) => sum + count, 0);
  return {
    at,
    limitMs: SPARE_MS + TIMES_AS_LONG * ms,
    maxPlaces: SPARE_PLACES + TIMES_AS_MANY * places,
  };
}
