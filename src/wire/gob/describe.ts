// The language in which Go types are described.
import {
  type BasicType,
  type GobComplex,
  type GobNamed,
  type GobTime,
  type GobType,
  type GobValue,
  isExported,
  type OpaqueType,
} from "./types.ts";

type Fields = Readonly<Record<string, GobType<unknown>>>;
type OptionalKeys<F> = {
  [K in keyof F]: undefined extends GobValue<F[K]> ? K : never;
}[keyof F];

/** A struct's value: pointer fields are optional, the others are always there. */
export type StructValue<F> =
  & { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: GobValue<F[K]> }
  & { -readonly [K in OptionalKeys<F>]?: GobValue<F[K]> | undefined };

function basic<T>(kind: BasicType["kind"]): GobType<T> {
  return { kind };
}

function struct<const F extends Fields>(name: string, fields: F): GobType<StructValue<F>> {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type }));
  const hidden = list.find((field) => !isExported(field.name));
  if (hidden) throw new TypeError(`gob: ${name}.${hidden.name} has to begin with a capital letter`);
  return { kind: "struct", name, fields: list };
}

/**
 * Describes Go types. What a type is called is only told to the other side, which goes by the
 * names of fields; names of slices, arrays and maps can be left out.
 *
 * A struct may contain itself only through a pointer, slice or map, as in Go.
 *
 *     const Point = gob.struct("Point", { X: gob.int, Y: gob.int });
 *     const Path = gob.slice(Point);
 */
export const gob = {
  bool: basic<boolean>("bool"),
  /** Any of Go's signed integers; the value has to be a safe integer. */
  int: basic<number>("int"),
  /** Any of Go's signed integers, whole. */
  int64: basic<bigint>("int64"),
  /** Any of Go's unsigned integers; the value has to be a safe integer. */
  uint: basic<number>("uint"),
  /** Any of Go's unsigned integers, whole. */
  uint64: basic<bigint>("uint64"),
  float: basic<number>("float"),
  complex: basic<GobComplex>("complex"),
  /** Ill-formed UTF-8, which Go allows, is read with U+FFFD in its place. */
  string: basic<string>("string"),
  /** `[]byte`. A byte array (`[16]byte`) is `gob.array(16, gob.uint)`. */
  bytes: basic<Uint8Array>("bytes"),
  /** `any`, and every other interface. null is nil. */
  any: { kind: "any" } as GobType<GobNamed | null>,
  time: { kind: "time" } as GobType<GobTime>,

  slice: <T>(elem: GobType<T>, name = ""): GobType<T[]> => ({ kind: "slice", name, elem }),
  array: <T>(length: number, elem: GobType<T>, name = ""): GobType<T[]> => ({
    kind: "array",
    name,
    elem,
    length,
  }),
  map: <K, V>(key: GobType<K>, elem: GobType<V>, name = ""): GobType<Map<K, V>> => ({
    kind: "map",
    name,
    key,
    elem,
  }),
  struct,
  /** A type with its own encoding, as the bytes that it makes: GobEncoder unless said otherwise. */
  opaque: (name: string, by: OpaqueType["by"] = "gob"): GobType<Uint8Array> => ({
    kind: "opaque",
    name,
    by,
  }),
  /** undefined is nil. As in Go, a pointer to 0, false or "" arrives as nil. */
  pointer: <T>(to: GobType<T>): GobType<T | undefined> => ({ kind: "pointer", to }),
  /** A type that is not declared yet, for recursion. */
  lazy: <T>(type: () => GobType<T>): GobType<T> => ({ kind: "lazy", type }),
} as const;
