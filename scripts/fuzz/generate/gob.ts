// Gob: definitions of types, values of them, and streams in which one does not fit the other.
import fc, { type Arbitrary } from "fast-check";
import { array, map, message, slice, struct } from "../../../tests/wire/gob/hostile.ts";
import type { Sink } from "../../../src/wire/gob/sink.ts";
import { FIRST_ID, ID } from "../../../src/wire/gob/wire_types.ts";
import { joined } from "./parts.ts";

/** Types that a stream defines at most: so many ids behind the first. */
const TYPES = 5;

/** Values inside each other that are written at most. */
const DEPTH = 5;

type Shape =
  | { readonly kind: "slice"; readonly elem: number }
  | { readonly kind: "array"; readonly elem: number; readonly length: number }
  | { readonly kind: "map"; readonly key: number; readonly elem: number }
  | { readonly kind: "struct"; readonly fields: readonly (readonly [string, number])[] };

const basicId = fc.constantFrom(
  ID.bool,
  ID.int,
  ID.uint,
  ID.float,
  ID.bytes,
  ID.string,
  ID.complex,
);
/** Ids of types: basic ones, those of the stream, interfaces, and some that there are not. */
const typeId = fc.oneof(
  { weight: 6, arbitrary: basicId },
  { weight: 5, arbitrary: fc.integer({ min: FIRST_ID, max: FIRST_ID + TYPES }) },
  { weight: 1, arbitrary: fc.constant(ID.interface) },
  { weight: 1, arbitrary: fc.constantFrom(0, 9, 16, 20, 1000) },
);

const fieldName = fc.constantFrom(
  "Name",
  "Payload",
  "Functions",
  "Fields",
  "hidden",
  "__proto__",
  "",
);

const shape: Arbitrary<Shape> = fc.oneof(
  fc.record({ kind: fc.constant("slice" as const), elem: typeId }),
  fc.record({
    kind: fc.constant("array" as const),
    elem: typeId,
    length: fc.constantFrom(0, 1, 3, 1000, -1, 2 ** 31),
  }),
  fc.record({ kind: fc.constant("map" as const), key: typeId, elem: typeId }),
  fc.record({
    kind: fc.constant("struct" as const),
    fields: fc.array(fc.tuple(fieldName, typeId), { maxLength: 4 }),
  }),
);

function define(id: number, shape: Shape): Uint8Array {
  switch (shape.kind) {
    case "slice":
      return slice(id, shape.elem);
    case "array":
      return array(id, shape.elem, shape.length);
    case "map":
      return map(id, shape.key, shape.elem);
    case "struct":
      return struct(id, Object.fromEntries(shape.fields));
  }
}

/** Writes a value of a type by what a tape of bytes says. */
class Writer {
  readonly #sink: Sink;
  readonly #shapes: readonly Shape[];
  readonly #tape: Uint8Array;
  #at = 0;

  constructor(sink: Sink, shapes: readonly Shape[], tape: Uint8Array) {
    this.#sink = sink;
    this.#shapes = shapes;
    this.#tape = tape;
  }

  #next(): number {
    return this.#tape[this.#at++] ?? 0;
  }

  value(id: number, depth = 0): void {
    const shape = this.#shapes[id - FIRST_ID];
    if (depth > DEPTH) this.#sink.uint(0);
    else if (shape) this.#composite(shape, depth + 1);
    else this.#basic(id, depth + 1);
  }

  #basic(id: number, depth: number): void {
    const text = new Uint8Array(this.#next() % 5).fill(0x61);
    if (id === ID.bytes || id === ID.string) return this.#sink.counted(text);
    if (id === ID.complex) this.#sink.uint(this.#next());
    if (id !== ID.interface) return this.#sink.uint(this.#next());
    this.#sink.counted(text);
    if (text.length === 0) return;
    const inner = FIRST_ID + this.#next() % TYPES;
    this.#sink.int(inner);
    this.#sink.uint(this.#next());
    this.value(inner, depth);
  }

  #composite(shape: Shape, depth: number): void {
    if (shape.kind === "struct") return this.#fields(shape.fields, depth);
    const count = shape.kind === "array"
      ? Math.min(4, Math.max(0, shape.length))
      : this.#next() % 4;
    this.#sink.uint(count);
    for (let i = 0; i < count; i++) {
      if (shape.kind === "map") this.value(shape.key, depth);
      this.value(shape.elem, depth);
    }
  }

  /** Each field is there or not; one step past the end in odd cases. */
  #fields(fields: readonly (readonly [string, number])[], depth: number): void {
    let step = 1;
    for (const [, id] of fields) {
      if (this.#next() % 3 === 0) {
        step++;
        continue;
      }
      this.#sink.uint(step);
      this.value(id, depth);
      step = 1;
    }
    this.#sink.uint(this.#next() % 40 === 39 ? step : 0);
  }
}

/** A stream: definitions, then values of the types that are defined, or not. */
export const gobStream: Arbitrary<Uint8Array> = fc.record({
  shapes: fc.array(shape, { minLength: 1, maxLength: TYPES }),
  values: fc.array(
    fc.record({ id: typeId, tape: fc.uint8Array({ minLength: 4, maxLength: 30 }) }),
    { maxLength: 3 },
  ),
}).map(({ shapes, values }) => {
  const definitions = shapes.map((shape, index) => define(FIRST_ID + index, shape));
  const messages = values.map(({ id, tape }) =>
    message((sink) => {
      sink.int(id);
      if (shapes[id - FIRST_ID]?.kind !== "struct") sink.uint(0);
      new Writer(sink, shapes, tape).value(id);
    })
  );
  return joined([...definitions, ...messages]);
});
