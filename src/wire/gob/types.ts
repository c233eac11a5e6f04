// Described Go types, and the TypeScript types of their values.

declare const VALUE: unique symbol;

/** The types that every gob stream knows without a definition. */
export interface BasicType {
  readonly kind:
    | "bool"
    | "int"
    | "int64"
    | "uint"
    | "uint64"
    | "float"
    | "complex"
    | "string"
    | "bytes";
}

/** Any interface. */
export interface InterfaceType {
  readonly kind: "any";
}

/** `[]T`, except `[]byte`. */
export interface SliceType {
  readonly kind: "slice";
  readonly name: string;
  readonly elem: Description;
}

/** `[N]T`. */
export interface ArrayType {
  readonly kind: "array";
  readonly name: string;
  readonly elem: Description;
  readonly length: number;
}

/** `map[K]V`. */
export interface MapType {
  readonly kind: "map";
  readonly name: string;
  readonly key: Description;
  readonly elem: Description;
}

/** A struct: its exported fields in the order of its declaration. */
export interface StructType {
  readonly kind: "struct";
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: Description }[];
}

/** A type that writes itself: GobEncoder, BinaryMarshaler or TextMarshaler. */
export interface OpaqueType {
  readonly kind: "opaque";
  readonly name: string;
  readonly by: "gob" | "binary" | "text";
}

/** `time.Time`. */
export interface TimeType {
  readonly kind: "time";
}

/** `*T`: not on the wire, but a nil one is an absent field. */
export interface PointerType {
  readonly kind: "pointer";
  readonly to: Description;
}

/** A type by reference, for recursion. */
export interface LazyType {
  readonly kind: "lazy";
  readonly type: () => Description;
}

/** Any description, without the type of its values. */
export type Description =
  | BasicType
  | InterfaceType
  | SliceType
  | ArrayType
  | MapType
  | StructType
  | OpaqueType
  | TimeType
  | PointerType
  | LazyType;

/** A described Go type whose values are `T` here. Made with the functions of `gob`. */
export type GobType<T> = Description & { readonly [VALUE]?: () => T };

/** The TypeScript type of a described type's values: `GobValue<typeof Envelope>`. */
export type GobValue<D> = D extends { readonly [VALUE]?: () => infer T } ? T : never;

/** A complex number. */
export interface GobComplex {
  readonly re: number;
  readonly im: number;
}

/** What an interface holds: a value, and the name under which Go's `gob.Register` knows its type. */
export interface GobNamed {
  readonly name: string;
  readonly value: unknown;
}

/** A `time.Time`, to the nanosecond. */
export interface GobTime {
  /** Whole seconds since 1970 in UTC, rounded down. */
  readonly seconds: number;
  /** 0 to 999,999,999, added to the seconds. */
  readonly nanoseconds: number;
  /** The zone, in seconds east of Greenwich; undefined for UTC. */
  readonly offset?: number | undefined;
}

/** Go's rule for exported names, the only ones that gob sends and takes. */
export function isExported(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}

/** The type itself, where it was given by reference. */
export function resolve(type: Description): Exclude<Description, LazyType> {
  let found = type;
  while (found.kind === "lazy") found = found.type();
  return found;
}

/** The type that is on the wire: pointers leave no trace there. */
export function base(type: Description): Exclude<Description, LazyType | PointerType> {
  let found = resolve(type);
  while (found.kind === "pointer") found = resolve(found.to);
  return found;
}
