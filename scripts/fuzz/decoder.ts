// What the fuzzer knows of a decoder: where its inputs come from, and what it is to do with them.
import type { Arbitrary } from "fast-check";

/** A decoder under fuzz. */
export interface Decoder {
  /** What it is called on the command line, in reports and among the kept seeds. */
  readonly name: string;
  /** Its part of all inputs, held against the other decoders'. */
  readonly share: number;
  /** Inputs that are right, or nearly. */
  readonly structured: Arbitrary<Uint8Array>;
  /** What was recorded of real peers: to be damaged. Read when it is needed. */
  recorded(): readonly Uint8Array[];
  /** Whether an input is a stream: whatever pieces it comes in, the same comes out. */
  readonly isStream: boolean;
  /**
   * Decodes an input.
   *
   * @param pieces the input, cut; in one piece where it is no stream
   * @param give takes what comes out, in order
   * @throws the refusal of the input
   */
  decode(pieces: readonly Uint8Array[], give: (value: unknown) => void): void;
  /** Whether that is how this decoder refuses. What else is thrown is a fault. */
  isRefusal(error: unknown): boolean;
}
