// MessagePack values to bytes and back, set up for peers that are not written in JavaScript.
import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { WireError } from "../wire_error.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
const unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  // Numbers where they are exact, else bigint; documented, but missing in msgpackr's types.
  int64AsType: "auto" as "number",
});

/**
 * Encodes a value: undefined as nil, `Uint8Array` as bin, other numbers than 32-bit integers as
 * floats.
 */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value);
}

/**
 * Decodes one whole value: maps as objects, bin as `Uint8Array` over the same memory, integers
 * beyond 2^53 as bigint, text that is not UTF-8 with replacement characters.
 *
 * @param bytes a value that a `ValueScanner` has measured
 * @throws {WireError} MALFORMED
 */
export function decode(bytes: Uint8Array): unknown {
  try {
    return unpackr.unpack(bytes);
  } catch (error) {
    throw new WireError("MALFORMED", error instanceof Error ? error.message : String(error));
  }
}
