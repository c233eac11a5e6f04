// The heads of MessagePack values: what a first byte says of the bytes behind it.

/** Bytes of the length that follows a first byte of 0xc4 to 0xdf; 0 where there is none. */
function lengthBytes(first: number): number {
  switch (first) {
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return 1;
    case 0xc5: // bin 16
    case 0xda: // str 16
    case 0xdc: // array 16
    case 0xde: // map 16
      return 2;
    case 0xc6: // bin 32
    case 0xdb: // str 32
    case 0xdd: // array 32
    case 0xdf: // map 32
      return 4;
    default:
      return 0;
  }
}

/** Bytes that follow a first byte which stands for a value of one size; -1 for all other kinds. */
function fixedBytes(first: number): number {
  if (first <= 0x7f || first >= 0xe0) return 0; // small integers
  if (first >= 0xa0 && first <= 0xbf) return first & 0x1f; // short text
  switch (first) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return 0;
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return 1;
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return 2;
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return 4;
    case 0xcb: // float 64
    case 0xcf: // uint 64
    case 0xd3: // int 64
      return 8;
    default:
      return -1;
  }
}

/** `fixedBytes` of every first byte: messages are walked over byte by byte. */
export const FIXED_BYTES = Int8Array.from({ length: 256 }, (_, first) => fixedBytes(first));
/** `lengthBytes` of every first byte. */
export const LENGTH_BYTES = Uint8Array.from({ length: 256 }, (_, first) => lengthBytes(first));

/** Whether a map begins here. */
export const beginsMap = (first: number) =>
  (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf;
/** Whether an array begins here. */
export const beginsArray = (first: number) =>
  (first & 0xf0) === 0x90 || first === 0xdc || first === 0xdd;

/** The length or count in the head of a value that has one. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const width = LENGTH_BYTES[first]!;
  if (width === 0) return first & 0x0f;
  let length = 0;
  for (let i = 1; i <= width; i++) length = length * 256 + bytes[at + i]!;
  return length;
}
