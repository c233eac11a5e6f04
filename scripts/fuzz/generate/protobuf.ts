// Protobuf: messages of fields of every kind, inside each other, and with lengths that are wrong.
import fc, { type Arbitrary } from "fast-check";
import { joined, lie, streamOf, textBytes } from "./parts.ts";

/** A number as protobuf writes it; `more` bytes than it needs. */
function varint(value: number, more = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest % 128));
  bytes.push(rest);
  for (let i = 0; i < more; i++) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(0);
  }
  return Uint8Array.from(bytes);
}

const KIND = { varint: 0, fixed64: 1, bytes: 2, beginGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Numbers of fields: those that Kong's messages have, and the ends of what there can be. */
const fieldNumber = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 45 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 29 - 1, 2 ** 29) },
);

function tag(number: number, kind: number): Uint8Array {
  return varint(number * 8 + kind);
}

const plainNumber = fc.oneof(
  fc.nat(300),
  fc.maxSafeInteger().map(Math.abs),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 62, 2 ** 63),
);

const numberField = fc.tuple(fieldNumber, plainNumber, fc.constantFrom(0, 0, 0, 1, 9, 12)).map(
  ([number, value, more]) => joined([tag(number, KIND.varint), varint(value, more)]),
);

const fixedField = fc.tuple(
  fieldNumber,
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
  fc.boolean(),
)
  .map(([number, bytes, long]) =>
    joined([tag(number, long ? KIND.fixed64 : KIND.fixed32), long ? bytes : bytes.subarray(0, 4)])
  );

function lengthField(bytes: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  return fc.tuple(fieldNumber, bytes, lie).map(([number, bytes, lie]) =>
    joined([tag(number, KIND.bytes), varint(Math.max(0, bytes.length + lie)), bytes])
  );
}

function groupField(inner: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  return fc.tuple(fieldNumber, inner, fc.boolean()).map(([number, inner, ends]) =>
    joined([tag(number, KIND.beginGroup), inner, ...ends ? [tag(number, KIND.endGroup)] : []])
  );
}

const { message } = fc.letrec<{ message: Uint8Array; field: Uint8Array }>((tie) => ({
  message: fc.array(tie("field"), { maxLength: 5 }).map(joined),
  field: fc.oneof(
    { depthSize: "small", withCrossShrink: false },
    { weight: 5, arbitrary: numberField },
    { weight: 2, arbitrary: fixedField },
    { weight: 5, arbitrary: lengthField(textBytes) },
    { weight: 6, arbitrary: lengthField(tie("message")) },
    { weight: 1, arbitrary: groupField(tie("message")) },
  ),
}));

/** A message that has itself in it, so many deep: lists in lists, or maps in maps. */
const deepMessage = fc.tuple(
  fc.nat(150),
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
)
  .map(([depth, path]) => {
    let bytes: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < depth; i++) {
      const number = path[i % path.length] ?? 1;
      bytes = joined([tag(number, KIND.bytes), varint(bytes.length), bytes]);
    }
    return bytes;
  });

/** Any message. */
export const anyMessage: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 15, arbitrary: message },
  { weight: 1, arbitrary: deepMessage },
);

/** A frame as Kong's are: its length, the lowest byte first. */
export function framed(message: Arbitrary<Uint8Array>, isLittle = true): Arbitrary<Uint8Array> {
  return fc.tuple(message, lie).map(([bytes, lie]) => {
    const head = new Uint8Array(4);
    const length = Math.max(0, bytes.length + lie) % 2 ** 32;
    new DataView(head.buffer).setUint32(0, length, isLittle);
    return joined([head, bytes]);
  });
}

/** What comes in on a connection: frames of anything. */
export const frameStream: Arbitrary<Uint8Array> = streamOf(framed(anyMessage));
