// Texts in MessagePack that are not UTF-8, for which the codec has nothing but replacement characters.
import { concat } from "../bytes.ts";
import type { ForeignTexts } from "../foreign_texts.ts";
import { decode } from "./codec.ts";
import { beginsArray, beginsMap, FIXED_BYTES, LENGTH_BYTES, lengthAt } from "./heads.ts";

/** Whether a decoded value may have lost bytes: there is a replacement character in it. */
export function hasReplacement(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\ufffd");
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  if (Array.isArray(value)) return value.some(hasReplacement);
  return Object.entries(value).some(([key, item]) =>
    key.includes("\ufffd") || hasReplacement(item)
  );
}

/**
 * Decodes a message with its texts that are not UTF-8 as Latin-1.
 *
 * @param message one whole message, measured by a `ValueScanner`
 */
export function decodeForeign(message: Uint8Array, texts: ForeignTexts): unknown {
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (let at = 0; at < message.length;) {
    const first = message[at]!;
    const short = (first & 0xe0) === 0xa0;
    const begin = at + 1 + (short ? 0 : LENGTH_BYTES[first]!);
    const next = begin + bodyLength(message, at);
    if (short || (first >= 0xd9 && first <= 0xdb)) {
      const text = texts.foreign(message.subarray(begin, next));
      if (text !== undefined) {
        pieces.push(message.subarray(kept, at), textValue(text));
        kept = next;
      }
    }
    at = next;
  }
  return decode(kept === 0 ? message : concat([...pieces, message.subarray(kept)]));
}

/** Bytes behind the head of a value; the elements of arrays and maps are values of their own. */
function bodyLength(message: Uint8Array, at: number): number {
  const first = message[at]!;
  const fixed = FIXED_BYTES[first]!;
  if (fixed >= 0) return fixed;
  return beginsArray(first) || beginsMap(first) ? 0 : lengthAt(message, at);
}

/** A text as str 32. */
function textValue(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const value = new Uint8Array(5 + bytes.length);
  value[0] = 0xdb;
  new DataView(value.buffer).setUint32(1, bytes.length);
  value.set(bytes, 5);
  return value;
}
