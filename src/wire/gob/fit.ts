// Fits a decoded value to a described type, as Go's Decode fits one to a variable.
import { WireError } from "../wire_error.ts";
import { nameOf, ValuePath } from "./path.ts";
import { timeFromBytes } from "./time.ts";
import {
  type ArrayType,
  type Description,
  type GobType,
  resolve,
  type StructType,
} from "./types.ts";
import { zero } from "./zero.ts";

/**
 * Gives a decoded value the shape of a type: fields that were not on the wire get their zero value
 * (a pointer's field stays away), those that the type does not have are dropped, times are read.
 * It goes by values, so a float that is whole passes for an integer.
 *
 * @param value from a `GobDecoder`
 * @throws {WireError} MALFORMED where the value is of another type; the stream is still good
 */
export function fit<T>(type: GobType<T>, value: unknown): T {
  return new Fitter().fit(type, value) as T;
}

class Fitter {
  readonly #path = new ValuePath();

  fit(type: Description, value: unknown): unknown {
    if (value === undefined) return zero(type);
    const found = resolve(type);
    switch (found.kind) {
      case "bool":
        return typeof value === "boolean" ? value : this.#refuse("a bool", value);
      case "int":
        return Number.isSafeInteger(value) ? value : this.#refuse("a safe integer", value);
      case "uint":
        return isNatural(value) ? value : this.#refuse("a safe unsigned integer", value);
      case "int64":
        return isInteger(value) ? BigInt(value) : this.#refuse("an integer", value);
      case "uint64":
        return isInteger(value) && value >= 0
          ? BigInt(value)
          : this.#refuse("an unsigned integer", value);
      case "float":
        return typeof value === "number" ? value : this.#refuse("a float", value);
      case "string":
        return typeof value === "string" ? value : this.#refuse("a string", value);
      case "complex":
        return isObject(value) && "re" in value ? value : this.#refuse("a complex number", value);
      case "bytes":
      case "opaque":
        return value instanceof Uint8Array ? value : this.#refuse("bytes", value);
      case "time":
        return value instanceof Uint8Array ? timeFromBytes(value) : this.#refuse("a time", value);
      case "any":
        return value === null || (isObject(value) && "name" in value)
          ? value
          : this.#refuse("an interface", value);
      case "slice":
        return Array.isArray(value)
          ? value.map((elem, i) => this.#part(i, found.elem, elem))
          : this.#refuse("a slice", value);
      case "array":
        return this.#array(found, value);
      case "map":
        return value instanceof Map
          ? new Map(this.#entries(found.key, found.elem, value))
          : this.#refuse("a map", value);
      case "struct":
        return this.#struct(found, value);
      case "pointer":
        return this.fit(found.to, value);
    }
  }

  #array(type: ArrayType, value: unknown): unknown {
    if (!Array.isArray(value) || value.length !== type.length) {
      return this.#refuse(`an array of ${type.length}`, value);
    }
    return value.map((elem, i) => this.#part(i, type.elem, elem));
  }

  #struct(type: StructType, value: unknown): unknown {
    if (!isObject(value)) return this.#refuse(`a struct ${type.name}`, value);
    const fitted: Record<string, unknown> = {};
    for (const field of type.fields) {
      const part = this.#part(field.name, field.type, value[field.name]);
      if (part !== undefined) fitted[field.name] = part;
    }
    return fitted;
  }

  *#entries(key: Description, elem: Description, map: Map<unknown, unknown>) {
    for (const [k, v] of map) {
      const name = typeof k === "object" ? "key" : String(k);
      yield [this.#part(name, key, k), this.#part(name, elem, v)] as const;
    }
  }

  #part(step: string | number, type: Description, value: unknown): unknown {
    this.#path.enter(step);
    const part = this.fit(type, value);
    this.#path.leave();
    return part;
  }

  #refuse(expected: string, value: unknown): never {
    throw new WireError("MALFORMED", `gob: ${this.#path} is ${nameOf(value)}, not ${expected}`);
  }
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

function isNatural(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A struct's value, or one of those that look like one: a complex number, an interface's value. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}
