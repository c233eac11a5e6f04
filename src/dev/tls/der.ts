// DER, as far as a certificate needs it: values as bytes, each with its tag and its length in front.
import { Buffer } from "node:buffer";

/** Tags of X.690. */
const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value with its tag: a name from above, or the number of a context's own tag. */
export function der(tag: keyof typeof TAGS | number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length < 0x80
    ? [body.length]
    : body.length < 0x100
    ? [0x81, body.length]
    : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([typeof tag === "number" ? tag : TAGS[tag], ...size]), body]);
}

/** An object identifier, such as `2.5.4.3`. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [40 * first + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return der("oid", Buffer.from(bytes));
}

/** A moment before 2050, to the second. */
export function time(date: Date): Buffer {
  return der("utcTime", Buffer.from(date.toISOString().slice(2).replace(/[-:T]|\.\d+/g, "")));
}

/** A string of whole bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return der("bits", Buffer.from([0]), bytes);
}
