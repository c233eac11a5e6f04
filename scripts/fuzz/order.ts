// What a process of the fuzzer is told to do, and the lines that it says.
import type { Failure } from "./round.ts";

/** Rounds of one decoder, or of a server. */
export interface FuzzOrder {
  readonly name: string;
  /** Seed of the first round; each next round has the next one. */
  readonly seed: number;
  readonly rounds: number;
  /** The server's socket, where it is one. */
  readonly socket?: string;
  /** How long an input, or an answer, may take, in milliseconds. */
  readonly patienceMs: number;
}

/** After each round. The last one has a failure, if there was any. */
export interface FuzzLine {
  readonly seed: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failure?: Failure;
}
