// The names under which interfaces hold values.
import { gob } from "./describe.ts";
import type { Description } from "./types.ts";

/** Type by name, as with Go's `gob.Register`. */
export type TypeRegistry = ReadonlyMap<string, Description>;

const INTS = ["int", "int8", "int16", "int32", "int64"];
const UINTS = ["uint", "uint8", "uint16", "uint32", "uint64", "uintptr"];
const FLOATS = ["float32", "float64"];
const COMPLEXES = ["complex64", "complex128"];

const SINGLE: readonly (readonly [string, Description])[] = [
  ...INTS.map((name) => [name, gob.int64] as const),
  ...UINTS.map((name) => [name, gob.uint64] as const),
  ...FLOATS.map((name) => [name, gob.float] as const),
  ...COMPLEXES.map((name) => [name, gob.complex] as const),
  ["bool", gob.bool],
  ["string", gob.string],
];

/** What Go's gob registers itself: basic types and slices of them. */
const BASICS: TypeRegistry = new Map([
  ...SINGLE,
  ...SINGLE.map(([name, elem]): [string, Description] => [
    `[]${name}`,
    name === "uint8" ? gob.bytes : { kind: "slice", name: "", elem },
  ]),
]);

/**
 * The types that Go's gob knows by itself, and those of `names`: for a Go type `T` of package
 * `full/path`, `full/path.T`; of the program itself, `main.T`.
 */
export function registry(names: Readonly<Record<string, Description>> | undefined): TypeRegistry {
  return names === undefined ? BASICS : new Map([...BASICS, ...Object.entries(names)]);
}
