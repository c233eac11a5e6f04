// Writes short MessagePack values, as nearly all answers are: ASCII texts, whole numbers, nil and
// booleans in arrays and plain objects. Anything else is left to the codec.
import { Buffer } from "node:buffer";
import { writeAscii } from "../ascii.ts";

/** What goes beyond it is left, in bytes. */
const SHORT_BYTES = 1024;

/** What is nested deeper is left. */
const SHORT_NESTING = 6;

/** Values are written one behind the other into pieces of so many bytes. No byte is used twice. */
const PIECE_BYTES = 16 * 1024;

/** Head, and room for the widest number. */
const WIDEST = 5;

let piece = Buffer.alloc(0);
let at = 0;
let limit = 0;

/** Encodes a value as the codec does; undefined if it is left. */
export function encodeShort(value: unknown): Uint8Array | undefined {
  if (piece.length - at < SHORT_BYTES) {
    piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    at = 0;
  }
  const begin = at;
  limit = begin + SHORT_BYTES;
  if (write(value, SHORT_NESTING)) return piece.subarray(begin, at);
  at = begin;
  return undefined;
}

/** Writes a value; false if it is left. What was written of it counts for nothing then. */
function write(value: unknown, levels: number): boolean {
  if (at + WIDEST > limit) return false;
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      return writeNumber(value);
    case "boolean":
      piece[at++] = value ? 0xc3 : 0xc2;
      return true;
    case "undefined":
      piece[at++] = 0xc0;
      return true;
    case "object":
      if (value !== null) return levels > 0 && writeTable(value, levels - 1);
      piece[at++] = 0xc0;
      return true;
    default:
      return false;
  }
}

function writeTable(value: object, levels: number): boolean {
  if (Array.isArray(value)) {
    if (value.length > 15) return false;
    piece[at++] = 0x90 | value.length;
    for (let index = 0; index < value.length; index++) {
      if (!write(value[index], levels)) return false;
    }
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  const head = at++;
  let size = 0;
  for (const name in value) {
    if (++size > 15 || !Object.hasOwn(value, name) || at + WIDEST > limit) return false;
    if (!writeText(name) || !write((value as Record<string, unknown>)[name], levels)) return false;
  }
  piece[head] = 0x80 | size;
  return true;
}

function writeText(text: string): boolean {
  const { length } = text;
  if (length > 0xff || at + length + 2 > limit) return false;
  if (length < 32) piece[at++] = 0xa0 | length;
  else {
    piece[at++] = 0xd9;
    piece[at++] = length;
  }
  if (!writeAscii(text, piece, at)) return false;
  at += length;
  return true;
}

/** Whole numbers of up to 32 bits. */
function writeNumber(value: number): boolean {
  if (value >>> 0 !== value) return false;
  if (value < 0x80) piece[at++] = value;
  else if (value < 0x100) {
    piece[at++] = 0xcc;
    piece[at++] = value;
  } else if (value < 0x10000) {
    piece[at++] = 0xcd;
    piece[at++] = value >>> 8;
    piece[at++] = value;
  } else {
    piece[at++] = 0xce;
    piece[at++] = value >>> 24;
    piece[at++] = value >>> 16;
    piece[at++] = value >>> 8;
    piece[at++] = value;
  }
  return true;
}
