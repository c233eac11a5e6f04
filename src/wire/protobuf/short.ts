// Protobuf messages that are one short ASCII text, or a name with one: most of what the PDK says and is
// told. Anything else is left to the generated codecs.
import { Buffer } from "node:buffer";
import { asciiText, writeAscii } from "../ascii.ts";

/** A tag: field 1, of bytes. */
const FIRST = 0x0a;
/** Field 2, of bytes. */
const SECOND = 0x12;
/** Field 3, of bytes: the text of a google.protobuf.Value. */
const TEXT_OF_VALUE = 0x1a;

/** Longest text whose message still has lengths of one byte, also around it. */
const MOST = 120;

/** A tag and a length. */
const HEAD = 2;

/** A message with a text as its field 1; undefined if it is left. An empty text is no field. */
export function encodeShortText(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || text === "" || text.length > MOST) return undefined;
  const bytes = Buffer.allocUnsafe(HEAD + text.length);
  bytes[0] = FIRST;
  bytes[1] = text.length;
  return writeAscii(text, bytes, HEAD) ? bytes : undefined;
}

/** A message with a name as its field 1 and a Value that is a text as its field 2. */
export function encodeShortEntry(name: unknown, text: unknown): Uint8Array | undefined {
  if (typeof name !== "string" || typeof text !== "string" || name === "") return undefined;
  if (name.length > MOST || text.length > MOST) return undefined;
  const value = HEAD + name.length + HEAD;
  const bytes = Buffer.allocUnsafe(value + HEAD + text.length);
  bytes[0] = FIRST;
  bytes[1] = name.length;
  bytes[value - 2] = SECOND;
  bytes[value - 1] = HEAD + text.length;
  bytes[value] = TEXT_OF_VALUE;
  bytes[value + 1] = text.length;
  const isAscii = writeAscii(name, bytes, HEAD) && writeAscii(text, bytes, value + HEAD);
  return isAscii ? bytes : undefined;
}

/** The text of a message that is its field 1 and nothing else; undefined if it is left. */
export function decodeShortText(message: Uint8Array): string | undefined {
  const { length } = message;
  if (length < HEAD || message[0] !== FIRST || message[1] !== length - HEAD) return undefined;
  // A length of two bytes or more is never its own.
  return length - HEAD < 0x80 ? asciiText(message, HEAD) : undefined;
}
