// One input of a decoder: whether what has to hold of every input holds of this one.
import { inspect, isDeepStrictEqual } from "node:util";
import { type Random, randomCuts } from "../../tests/support/random.ts";
import type { Decoder } from "./decoder.ts";
import { weigh } from "./weight.ts";

/** What a decoder made of an input. */
export type Fate = "accepted" | "refused";

/** Something does not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** What is held against a decoder. */
export interface Bounds {
  /** How long it may take for an input, however it is cut, in milliseconds. */
  readonly slowMs: number;
}

/** So often in a row an input has to be slow: on a busy machine a process may have to wait. */
const SLOW_RUNS = 3;

/** What may come out of an input of no bytes, and of each of its bytes, by `weigh`. */
const WEIGHT = 16_384;
const WEIGHT_OF_A_BYTE = 512;

/** Longer inputs are not fed byte by byte: nothing new is in it, and it takes long. */
const BYTE_BY_BYTE = 4096;

interface Outcome {
  readonly given: unknown[];
  readonly refusal: unknown;
}

/**
 * Decodes an input, whole and, if it is a stream, byte by byte and cut at random.
 *
 * @throws {Violation} with what does not hold
 */
export function examine(
  decoder: Decoder,
  input: Uint8Array,
  random: Random,
  bounds: Bounds,
): Fate {
  const whole = run(decoder, "whole", [input], bounds);
  checkWeight(whole, input.length);
  if (decoder.isStream) {
    if (input.length <= BYTE_BY_BYTE) {
      const bytes = Array.from(input, (byte) => Uint8Array.of(byte));
      compare(whole, run(decoder, "byte by byte", bytes, bounds), "byte by byte");
    }
    const cut = run(decoder, "cut at random", randomCuts(input, random), bounds);
    compare(whole, cut, "cut at random");
  }
  return whole.refusal === undefined ? "accepted" : "refused";
}

function run(
  decoder: Decoder,
  how: string,
  pieces: readonly Uint8Array[],
  { slowMs }: Bounds,
): Outcome {
  let ms = Infinity;
  for (let runs = 1;; runs++) {
    const began = performance.now();
    // Copies, and none of them a Buffer: what is made of views of them is the same everywhere.
    const outcome = decode(decoder, how, pieces.map((piece) => new Uint8Array(piece)));
    ms = Math.min(ms, performance.now() - began);
    if (ms <= slowMs) return outcome;
    if (runs === SLOW_RUNS) throw new Violation(`${how}, it took ${Math.round(ms)} ms`);
  }
}

function decode(decoder: Decoder, how: string, pieces: readonly Uint8Array[]): Outcome {
  const given: unknown[] = [];
  try {
    decoder.decode(pieces, (value) => given.push(value));
    return { given, refusal: undefined };
  } catch (refusal) {
    if (decoder.isRefusal(refusal)) return { given, refusal };
    throw new Violation(`${how}, it threw ${inspect(refusal)}`);
  }
}

function checkWeight({ given }: Outcome, bytes: number): void {
  const most = WEIGHT + WEIGHT_OF_A_BYTE * bytes;
  const weight = weigh(given, most);
  if (weight <= most) return;
  throw new Violation(`of ${bytes} bytes it made values of more than ${most} bytes`);
}

function compare(whole: Outcome, pieces: Outcome, how: string): void {
  if (isDeepStrictEqual(facts(whole), facts(pieces))) return;
  const shown = [whole, pieces].map((outcome) => inspect(facts(outcome), { depth: 6 }));
  throw new Violation(`whole it gave\n${shown[0]}\n${how}\n${shown[1]}`);
}

/** How much a message says can depend on how much was there; the kind of the refusal cannot. */
function facts({ given, refusal }: Outcome): unknown {
  const { name, code } = (refusal ?? {}) as { name?: unknown; code?: unknown };
  return { given, refusal: refusal === undefined ? undefined : { name, code } };
}
