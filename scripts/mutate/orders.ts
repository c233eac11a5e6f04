// What is said between the mutation run and a process that runs tests: a line of JSON each way.

/** Some tests of a file. */
export interface Unit {
  readonly file: string;
  readonly tests: readonly {
    /** Its place among the tests of the file. */
    readonly at: number;
    /** How long it may take, in milliseconds. */
    readonly limitMs: number;
    /** How many places of mutants it may come by until it is taken for one that never ends. */
    readonly maxPlaces: number;
  }[];
}

/** What the process is to do. */
export type Order =
  /** Run each test of a file twice, and say what it reaches. */
  | { readonly kind: "measure"; readonly file: string }
  /** Load files. */
  | { readonly kind: "load"; readonly files: readonly string[] }
  /** Run tests until one fails, with one mutant on (0 for none). */
  | {
    readonly kind: "run";
    readonly mutant: number;
    readonly units: readonly Unit[];
  };

/** How often mutants were come by: pairs of number and count. */
export type Hits = readonly (readonly [id: number, count: number])[];

/** What was measured of a test. */
export interface MeasuredTest {
  readonly name: string;
  readonly ms: number;
  /** Why it cannot be used, if it cannot. */
  readonly trouble?: string | undefined;
  /** Whether it passes only once a process. */
  readonly onlyOnce: boolean;
  readonly hits: Hits;
  /** Those of `hits` that the second run did not come by: the code behind them runs once a process. */
  readonly once: readonly number[];
}

/** What the process says. */
export type Answer =
  | {
    readonly kind: "measured";
    /** Why the file could not be loaded, if so. */
    readonly trouble?: string | undefined;
    /** What was come by while the file and what it imports were loaded. */
    readonly loading: Hits;
    readonly tests: readonly MeasuredTest[];
  }
  /** No answer yet: the next test or hook has begun, and may take this long. */
  | { readonly kind: "begun"; readonly limitMs: number }
  | { readonly kind: "loaded"; /** Why not, if not. */ readonly trouble?: string | undefined }
  | { readonly kind: "survived" }
  /** A test came by more than `maxPlaces`. */
  | { readonly kind: "runaway"; readonly by: Unit | undefined }
  /** A test did not end in its time. */
  | { readonly kind: "late" }
  | {
    readonly kind: "killed";
    /** The test that failed; undefined if something failed that no test waited for. */
    readonly by: Unit | undefined;
  };

/** How lines with an answer begin; others are what tests print. */
export const ANSWER_MARK = "\u0001";

/** The environment variable with the mutant that is on from the beginning. */
export const FIRST_MUTANT = "GIBBON_MUTANT";
