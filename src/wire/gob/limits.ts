// What a gob decoder accepts at most.

/** Bounds of a decoder; Go's own has few, and they cannot be set. */
export interface GobLimits {
  /** Bytes of one message, and of all messages that one value is spread over. */
  readonly messageBytes: number;
  /** Composites and interfaces inside each other. */
  readonly depth: number;
  /** Values that one top-level value is made of, itself, its fields and elements at every depth. */
  readonly values: number;
  /** Type definitions on one stream. */
  readonly types: number;
  /** Bytes of all type definitions on one stream: they are kept as long as it lasts. */
  readonly definitionBytes: number;
}

/** The bounds unless said otherwise: far above what people send, far below what hurts. */
export const GOB_LIMITS: GobLimits = {
  messageBytes: 16 * 1024 * 1024,
  depth: 200,
  values: 1_000_000,
  types: 1_000,
  definitionBytes: 256 * 1024,
};
