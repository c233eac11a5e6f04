// MessagePack values to bytes and back, set up for peers that are not written in JavaScript.
import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { Buffer } from "node:buffer";
import { WireError } from "../wire_error.ts";
import { encodeShort } from "./short_writer.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
const READING = {
  useRecords: false,
  // Numbers where they are exact, else bigint; documented, but missing in msgpackr's types.
  int64AsType: "auto" as "number",
};
const unpackr = new Unpackr({ ...READING, mapsAsObjects: true });
const mapUnpackr = new Unpackr({ ...READING, mapsAsObjects: false });

/** The one name that the decoder changes where maps become objects. */
const CHANGED_NAME = Buffer.from("__proto__");

/**
 * Encodes a value: undefined as nil, `Uint8Array` as bin, other numbers than 32-bit integers as
 * floats.
 */
export function encode(value: unknown): Uint8Array {
  return encodeShort(value) ?? packr.pack(value);
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

/**
 * The same, with every name of a map as it came: `decode` has `__proto_` for `__proto__`. Maps whose
 * names are no texts become objects too.
 *
 * @param bytes a value that a `ValueScanner` has measured
 * @throws {WireError} MALFORMED
 */
export function decodeNames(bytes: Uint8Array): unknown {
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(CHANGED_NAME) < 0) {
    return decode(bytes);
  }
  try {
    return asObjects(mapUnpackr.unpack(bytes));
  } catch (error) {
    throw new WireError("MALFORMED", error instanceof Error ? error.message : String(error));
  }
}

/** Own properties, whatever their names. */
function asObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asObjects);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([name, item]) => [String(name), asObjects(item)]));
}
