// Short ASCII texts, which nearly all texts of Kong are: without the price of a decoder or encoder.
import { Buffer } from "node:buffer";

/** Longer ones are left to the decoder, which is faster then. In bytes. */
const SHORT_BYTES = 128;

const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, begin: number, end: number): string;
};

/** The text of bytes that are ASCII, and few; undefined for all others. */
export function asciiText(
  bytes: Uint8Array,
  begin = 0,
  end = bytes.length,
): string | undefined {
  if (end - begin > SHORT_BYTES) return undefined;
  for (let at = begin; at < end; at++) if (bytes[at]! >= 0x80) return undefined;
  return latin1Slice.call(bytes, begin, end);
}

/**
 * Writes a text of ASCII.
 *
 * @returns whether it is one; if not, what was written counts for nothing
 */
export function writeAscii(text: string, bytes: Uint8Array, begin: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) return false;
    bytes[begin + index] = code;
  }
  return true;
}
