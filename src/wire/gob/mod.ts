// Go's gob (package encoding/gob): streams of values that describe themselves.
export { GobDecoder, type GobItem } from "./decoder.ts";
export { GobEncoder, type GobEncoderOptions } from "./encoder.ts";
export { fit } from "./fit.ts";
export { GOB_LIMITS, type GobLimits } from "./limits.ts";
export { timeFromBytes, timeFromDate, timeToBytes, timeToDate } from "./time.ts";
export { gob, type StructValue } from "./describe.ts";
export type { GobComplex, GobNamed, GobTime, GobType, GobValue } from "./types.ts";
