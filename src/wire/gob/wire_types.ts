// The types of a stream as its definitions describe them, by id.
import { WireError } from "../wire_error.ts";
import { fit } from "./fit.ts";
import type { GobLimits } from "./limits.ts";
import { gob } from "./describe.ts";
import { type GobValue, isExported } from "./types.ts";

/** Ids that need no definition. */
export const ID = {
  bool: 1,
  int: 2,
  uint: 3,
  float: 4,
  bytes: 5,
  string: 6,
  complex: 7,
  interface: 8,
  wireType: 16,
} as const;

/** The first id that a definition may give. */
export const FIRST_ID = 64;

/** A field of a struct on the wire. */
export interface WireField {
  readonly name: string;
  readonly id: number;
  /** Go neither sends nor takes fields whose names are not exported; here they are skipped. */
  readonly exported: boolean;
}

/** A type of the stream. Ids inside of it may be defined later than itself. */
export type WireType =
  | { readonly kind: "slice"; readonly name: string; readonly elem: number }
  | {
    readonly kind: "array";
    readonly name: string;
    readonly elem: number;
    readonly length: number;
  }
  | { readonly kind: "map"; readonly name: string; readonly key: number; readonly elem: number }
  | { readonly kind: "struct"; readonly name: string; readonly fields: readonly WireField[] }
  | { readonly kind: "opaque"; readonly name: string };

const Common = gob.struct("CommonType", { Name: gob.string, Id: gob.int });
const Opaque = gob.pointer(gob.struct("gobEncoderType", { CommonType: Common }));
const Field = gob.struct("fieldType", { Name: gob.string, Id: gob.int });

/** A definition: a struct like any other, with one of its fields set. */
export const WireDefinition = gob.struct("wireType", {
  ArrayT: gob.pointer(
    gob.struct("arrayType", { CommonType: Common, Elem: gob.int, Len: gob.int }),
  ),
  SliceT: gob.pointer(gob.struct("sliceType", { CommonType: Common, Elem: gob.int })),
  StructT: gob.pointer(
    gob.struct("structType", { CommonType: Common, Field: gob.slice(Field) }),
  ),
  MapT: gob.pointer(
    gob.struct("mapType", { CommonType: Common, Key: gob.int, Elem: gob.int }),
  ),
  GobEncoderT: Opaque,
  BinaryMarshalerT: Opaque,
  TextMarshalerT: Opaque,
});

function struct(name: string, fields: readonly (readonly [string, number])[]): WireType {
  return {
    kind: "struct",
    name,
    fields: fields.map(([name, id]) => ({ name, id, exported: isExported(name) })),
  };
}

/** What definitions are made of, under the ids that every stream knows: `Definition` once more. */
const BOOTSTRAP: readonly (readonly [number, WireType])[] = [
  [
    ID.wireType,
    struct("wireType", [
      ["ArrayT", 17],
      ["SliceT", 19],
      ["StructT", 20],
      ["MapT", 23],
      ["GobEncoderT", 24],
      ["BinaryMarshalerT", 24],
      ["TextMarshalerT", 24],
    ]),
  ],
  [17, struct("arrayType", [["CommonType", 18], ["Elem", ID.int], ["Len", ID.int]])],
  [18, struct("CommonType", [["Name", ID.string], ["Id", ID.int]])],
  [19, struct("sliceType", [["CommonType", 18], ["Elem", ID.int]])],
  [20, struct("structType", [["CommonType", 18], ["Field", 22]])],
  [21, struct("fieldType", [["Name", ID.string], ["Id", ID.int]])],
  [22, { kind: "slice", name: "[]fieldType", elem: 21 }],
  [23, struct("mapType", [["CommonType", 18], ["Key", ID.int], ["Elem", ID.int]])],
  [24, struct("gobEncoderType", [["CommonType", 18]])],
];

/** The types of one stream. */
export class WireTypes {
  readonly #limits: GobLimits;
  readonly #types = new Map<number, WireType>(BOOTSTRAP);
  /** Bytes of the definitions, by id. */
  readonly #sizes = new Map<number, number>();
  #bytesLeft: number;

  constructor(limits: GobLimits) {
    this.#limits = limits;
    this.#bytesLeft = limits.definitionBytes;
  }

  get(id: number): WireType | undefined {
    return this.#types.get(id);
  }

  /** Bytes that further definitions may take. */
  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  /**
   * Takes a definition.
   *
   * @param value as read with type `ID.wireType`
   * @param size bytes that it was read from
   * @throws {WireError} without a place
   */
  define(id: number, value: unknown, size: number): void {
    if (id < FIRST_ID || id > 0x7fffffff) throw malformed(`type ${id} cannot be defined`);
    if (this.#types.has(id)) throw malformed(`type ${id} is defined twice`);
    if (this.#sizes.size >= this.#limits.types) {
      throw new WireError("LIMIT", `gob: more than ${this.#limits.types} types`);
    }
    if (size > this.#bytesLeft) {
      const { definitionBytes } = this.#limits;
      throw new WireError("LIMIT", `gob: more than ${definitionBytes} bytes of definitions`);
    }
    this.#types.set(id, toWireType(id, fit(WireDefinition, value)));
    this.#sizes.set(id, size);
    this.#bytesLeft -= size;
    this.#refuseEndless(id);
  }

  /** Takes a definition back. */
  forget(id: number): void {
    this.#bytesLeft += this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
    this.#types.delete(id);
  }

  /** Refuses an array that is its own element, directly or through other arrays. */
  #refuseEndless(id: number): void {
    let type = this.#types.get(id);
    while (type?.kind === "array") {
      if (type.elem === id) throw malformed(`type ${id} is an array of itself, without end`);
      type = this.#types.get(type.elem);
    }
  }
}

function toWireType(id: number, definition: GobValue<typeof WireDefinition>): WireType {
  const { ArrayT, SliceT, StructT, MapT } = definition;
  if (ArrayT) {
    if (ArrayT.Len < 0) throw malformed(`type ${id} is an array of ${ArrayT.Len} elements`);
    return { kind: "array", name: ArrayT.CommonType.Name, elem: ArrayT.Elem, length: ArrayT.Len };
  }
  if (SliceT) return { kind: "slice", name: SliceT.CommonType.Name, elem: SliceT.Elem };
  if (StructT) {
    if (StructT.Field.some(({ Name }) => Name === "")) {
      throw malformed(`a field of type ${id} has no name`);
    }
    return struct(StructT.CommonType.Name, StructT.Field.map(({ Name, Id }) => [Name, Id]));
  }
  if (MapT) {
    return { kind: "map", name: MapT.CommonType.Name, key: MapT.Key, elem: MapT.Elem };
  }
  const opaque = definition.GobEncoderT ?? definition.BinaryMarshalerT ?? definition.TextMarshalerT;
  if (opaque) return { kind: "opaque", name: opaque.CommonType.Name };
  throw malformed(`the definition of type ${id} is empty`);
}

function malformed(what: string): WireError {
  return new WireError("MALFORMED", `gob: ${what}`);
}
