// Go's zero values: what a field that is not on the wire stands for, and which fields stay off it.
import { isZeroTime, ZERO_TIME } from "./time.ts";
import { type Description, type GobComplex, type GobTime, resolve } from "./types.ts";

/** A fresh zero value. */
export function zero(type: Description): unknown {
  const found = resolve(type);
  switch (found.kind) {
    case "bool":
      return false;
    case "int":
    case "uint":
    case "float":
      return 0;
    case "int64":
    case "uint64":
      return 0n;
    case "complex":
      return { re: 0, im: 0 };
    case "string":
      return "";
    case "bytes":
    case "opaque":
      return new Uint8Array(0);
    case "any":
      return null;
    case "slice":
      return [];
    case "array":
      return Array.from({ length: found.length }, () => zero(found.elem));
    case "map":
      return new Map();
    case "struct":
      return Object.fromEntries(found.fields.map((field) => [field.name, zero(field.type)]));
    case "time":
      return { ...ZERO_TIME };
    case "pointer":
      return undefined;
  }
}

/**
 * Whether Go leaves a field with this value out. Never so for structs and arrays, nor for maps that
 * are empty but there.
 */
export function isOmitted(type: Description, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  const found = resolve(type);
  switch (found.kind) {
    case "bool":
      return value === false;
    case "int":
    case "uint":
    case "int64":
    case "uint64":
    case "float":
      return value === 0 || value === 0n;
    case "complex":
      return (value as GobComplex).re === 0 && (value as GobComplex).im === 0;
    case "string":
      return value === "";
    case "bytes":
    case "slice":
      return (value as ArrayLike<unknown>).length === 0;
    case "opaque":
      return (value as Uint8Array).length === 0;
    case "time":
      return isZeroTime(value as GobTime);
    case "pointer":
      return isOmittedTarget(found.to, value);
    default:
      return false;
  }
}

/** The same behind a pointer: what encodes itself is sent whenever the pointer is not nil. */
function isOmittedTarget(type: Description, value: unknown): boolean {
  const { kind } = resolve(type);
  return kind !== "opaque" && kind !== "time" && isOmitted(type, value);
}
