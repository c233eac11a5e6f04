// The tests that may be skipped in CI, each with the reason. Any other that is skipped there is an error:
// what it needs has to be installed, see .ci/run.
import { RUNS_ON_NODE_ALONE_TITLE } from "./once.ts";

/** Tests that may be skipped. */
export interface AllowedSkip {
  /** What the path of the file begins with. */
  readonly file: string;
  /** The test's title, from the outermost suite to the test, joined with ` > `. */
  readonly title: string;
  /** On which runtimes. */
  readonly on: readonly string[];
  readonly reason: string;
}

const OTHERS = ["deno", "bun"];

export const ALLOWED_SKIPS: readonly AllowedSkip[] = [
  {
    file: "tests/kong/peers/",
    title: RUNS_ON_NODE_ALONE_TITLE,
    on: OTHERS,
    reason:
      "what a peer says does not depend on the runtime; that the runtimes agree is shown by " +
      "the tests of the protocols",
  },
  {
    file: "tests/scripts/bench_go.test.ts",
    title: RUNS_ON_NODE_ALONE_TITLE,
    on: OTHERS,
    reason: "the programs are in Go alone",
  },
];
