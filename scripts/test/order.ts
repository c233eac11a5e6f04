// The order in which test files run: the longest first, so that none of them is left for the end, when
// the other processors have nothing to do.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Seconds of a file on the runtime that takes longest, for the files that take long. */
export type Seconds = Readonly<Record<string, number>>;

/** Written by `deno task test --record`. What is not in it counts as short. */
const RECORD = fileURLToPath(new URL("seconds.json", import.meta.url));

/** From how many seconds on a file is written down. */
const LONG_S = 1;

/** Reads what was recorded. */
export function readSeconds(): Seconds {
  return JSON.parse(readFileSync(RECORD, "utf8"));
}

/** Writes down which files take long, and leaves what is known of files that did not run. */
export function recordSeconds(measured: ReadonlyMap<string, number>): void {
  const all = Object.entries({ ...readSeconds(), ...Object.fromEntries(measured) })
    .map(([file, seconds]) => [file, Math.round(seconds)] as const)
    .filter(([, seconds]) => seconds >= LONG_S)
    .sort(([a, aSeconds], [b, bSeconds]) => bSeconds - aSeconds || (a < b ? -1 : 1));
  writeFileSync(RECORD, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

/** Sorts runs of files, the longest first; those of one file stay together. */
export function longestFirst<Run extends { readonly file: string }>(
  runs: readonly Run[],
  seconds: Seconds,
): Run[] {
  return runs.toSorted((a, b) => (seconds[b.file] ?? 0) - (seconds[a.file] ?? 0));
}
