// Payloads: JSON in bytes, and nothing at all for nothing.
import { Buffer } from "node:buffer";

/**
 * @param value undefined for nothing: no bytes
 * @throws {TypeError} if it is no JSON
 */
export function writePayload(value: unknown): Uint8Array {
  if (value === undefined) return Buffer.alloc(0);
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
  // Only then one may have been lost; a function that looks at each value makes stringify slow.
  if (text.includes("null")) JSON.stringify(value, refuseNoNumber);
  return Buffer.from(text);
}

/** JSON has neither Infinity nor NaN: Go refuses them, and stringify would make them null. */
function refuseNoNumber(_: string, value: unknown): unknown {
  if (typeof value === "number" || value instanceof Number) {
    const number = Number(value);
    if (!Number.isFinite(number)) throw new TypeError(`json: unsupported value: ${number}`);
  }
  return value;
}

/**
 * @returns undefined for nothing
 * @throws {SyntaxError} if it is no JSON
 */
export function readPayload(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  return JSON.parse(textOf(bytes));
}

/**
 * The payload's text as it is, for those who pass it on: numbers keep all their digits.
 *
 * @returns empty for nothing
 * @throws {SyntaxError} if it is no JSON
 */
export function checkPayload(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  const text = textOf(bytes);
  JSON.parse(text);
  return text;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
