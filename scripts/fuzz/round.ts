// A round: a hundred inputs of one decoder, which a seed stands for.
import { Buffer } from "node:buffer";
import process from "node:process";
import fc from "fast-check";
import { Random } from "../../tests/support/random.ts";
import { damage } from "./damage.ts";
import type { Decoder } from "./decoder.ts";
import { type Bounds, examine, Violation } from "./examine.ts";
import { shrink } from "./shrink.ts";

/** Inputs of a round: half of them made by rule, half of them damaged. */
export const ROUND = 100;

/** Bytes of buffers that a round may keep at most, besides a multiple of its inputs' length. */
const BUFFERS = 32 * 1024 * 1024;
const BUFFERS_OF_A_BYTE = 64;

/** An input of which something does not hold. */
export interface Failure {
  readonly decoder: string;
  /** What repeats it. */
  readonly seed: number;
  readonly problem: string;
  /** As little of it as was found to do: hexadecimal. Empty where it is the whole round. */
  readonly input: string;
}

/** What became of a round. */
export interface RoundResult {
  readonly accepted: number;
  readonly refused: number;
  readonly failure?: Failure;
}

/** The inputs that a seed stands for. */
export function inputsOf(decoder: Decoder, seed: number): Uint8Array[] {
  const random = new Random(seed);
  const structured = fc.sample(decoder.structured, { seed, numRuns: ROUND / 2 });
  const recorded = decoder.recorded();
  const damaged = structured.map((_, index) => {
    const from = recorded.length > 0 && index % 4 > 0 ? recorded : structured;
    return damage(random.pick(from), from, random, random.below(4));
  });
  return [...structured, ...damaged];
}

/** Runs the inputs that a seed stands for, up to the first of which something does not hold. */
export function runRound(decoder: Decoder, seed: number, bounds: Bounds): RoundResult {
  const counts = { accepted: 0, refused: 0 };
  let bytes = 0;
  const before = process.memoryUsage().arrayBuffers;
  for (const input of inputsOf(decoder, seed)) {
    const fate = tryInput(decoder, input, bounds);
    if (fate instanceof Violation) {
      return { ...counts, failure: failureOf(decoder, seed, input, bounds, fate) };
    }
    counts[fate]++;
    bytes += input.length;
  }
  const buffers = process.memoryUsage().arrayBuffers - before;
  if (buffers <= BUFFERS + BUFFERS_OF_A_BYTE * bytes) return counts;
  const problem = `inputs of ${bytes} bytes made it take ${buffers} bytes of buffers`;
  return { ...counts, failure: { decoder: decoder.name, seed, problem, input: "" } };
}

/** What becomes of an input; its cuts are always the same. */
export function tryInput(decoder: Decoder, input: Uint8Array, bounds: Bounds) {
  try {
    return examine(decoder, input, new Random(input.length), bounds);
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}

function failureOf(
  decoder: Decoder,
  seed: number,
  input: Uint8Array,
  bounds: Bounds,
  violation: Violation,
): Failure {
  // Slow inputs are not tried again and again.
  const fails = (smaller: Uint8Array) => tryInput(decoder, smaller, bounds) instanceof Violation;
  const isSlow = violation.message.includes("it took");
  const smallest = isSlow ? input : shrink(input, fails);
  const last = tryInput(decoder, smallest, bounds);
  return {
    decoder: decoder.name,
    seed,
    problem: (last instanceof Violation ? last : violation).message,
    input: Buffer.from(smallest).toString("hex"),
  };
}
