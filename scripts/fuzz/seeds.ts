// The kept seeds: what has failed once is tried in every gate.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Failure } from "./round.ts";

const FILE = fileURLToPath(new URL("seeds.json", import.meta.url));

/**
 * All that has failed once. The input is kept too where there is one: seeds stand for other inputs when
 * generators change.
 */
export function keptSeeds(file = FILE): Failure[] {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Keeps a failure, once for each seed and input. */
export function keepSeed(failure: Failure, file = FILE): void {
  const kept = keptSeeds(file);
  const isKept = kept.some(({ decoder, seed, input }) =>
    decoder === failure.decoder &&
    (seed === failure.seed || (input !== "" && input === failure.input))
  );
  if (isKept) return;
  const [problem = ""] = failure.problem.split("\n", 1);
  writeFileSync(file, `${JSON.stringify([...kept, { ...failure, problem }], null, 2)}\n`);
}
