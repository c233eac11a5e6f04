// Writes values by their described types.
import { nameOf, ValuePath } from "./path.ts";
import type { TypeRegistry } from "./registry.ts";
import { Sink } from "./sink.ts";
import { timeToBytes } from "./time.ts";
import {
  type ArrayType,
  base,
  type Description,
  type GobTime,
  type InterfaceType,
  type MapType,
  type SliceType,
  type StructType,
} from "./types.ts";
import { isOmitted } from "./zero.ts";

/** Composites inside each other; past it, a value is taken to contain itself. */
const DEPTH = 1_000;

/** Types whose values have others inside. */
type Composite = InterfaceType | SliceType | ArrayType | MapType | StructType;

/** Makes sure that the other side knows a type, and gives its id. */
export type TypeNumbering = (type: Description) => number;

/** Writes values; one for each stream. */
export class ValueWriter {
  readonly #ids: TypeNumbering;
  readonly #registry: TypeRegistry;
  #path = new ValuePath();
  #depth = 0;

  constructor(ids: TypeNumbering, registry: TypeRegistry) {
    this.#ids = ids;
    this.#registry = registry;
  }

  /**
   * Writes a value by itself: with a 0 in front unless it is a struct.
   *
   * @throws {TypeError} where it is not of its type
   */
  whole(sink: Sink, type: Description, value: unknown): void {
    this.#path = new ValuePath();
    this.#depth = 0;
    this.#alone(sink, type, value);
  }

  #alone(sink: Sink, type: Description, value: unknown): void {
    if (base(type).kind !== "struct") sink.uint(0);
    this.#value(sink, type, value);
  }

  #value(sink: Sink, type: Description, value: unknown): void {
    const found = base(type);
    switch (found.kind) {
      case "bool":
        return typeof value === "boolean" ? sink.uint(value ? 1 : 0) : this.#refuse(found, value);
      case "int":
      case "int64":
        return isInt(value) ? sink.int(value) : this.#refuse(found, value);
      case "uint":
      case "uint64":
        return isUint(value) ? sink.uint(value) : this.#refuse(found, value);
      case "float":
        return typeof value === "number" ? sink.float(value) : this.#refuse(found, value);
      case "string":
        return typeof value === "string" ? sink.string(value) : this.#refuse(found, value);
      case "bytes":
      case "opaque":
        return value instanceof Uint8Array ? sink.counted(value) : this.#refuse(found, value);
      case "complex":
        return this.#complex(sink, value);
      case "time":
        return sink.counted(timeToBytes(this.#object(found, value) as unknown as GobTime));
      default:
        return this.#composite(sink, found, value);
    }
  }

  #composite(sink: Sink, type: Composite, value: unknown): void {
    if (++this.#depth > DEPTH) throw new TypeError(`gob: ${DEPTH} values inside each other`);
    switch (type.kind) {
      case "any":
        if (value === null) sink.uint(0);
        else this.#interface(sink, this.#object(type, value));
        break;
      case "slice":
        if (!Array.isArray(value)) this.#refuse(type, value);
        this.#elements(sink, type.elem, value as unknown[]);
        break;
      case "array":
        if (!Array.isArray(value) || value.length !== type.length) this.#refuse(type, value);
        this.#elements(sink, type.elem, value as unknown[]);
        break;
      case "map":
        if (!(value instanceof Map)) this.#refuse(type, value);
        this.#entries(sink, type, value as Map<unknown, unknown>);
        break;
      case "struct":
        this.#fields(sink, type, this.#object(type, value));
        break;
    }
    this.#depth--;
  }

  /** Fields that are not zero, each behind its step from the field before; 0 ends them. */
  #fields(sink: Sink, type: StructType, value: Readonly<Record<string, unknown>>): void {
    let last = -1;
    for (let index = 0; index < type.fields.length; index++) {
      const field = type.fields[index] as StructType["fields"][number];
      const part = value[field.name];
      if (isOmitted(field.type, part)) continue;
      sink.uint(index - last);
      last = index;
      this.#part(sink, field.name, field.type, part);
    }
    sink.uint(0);
  }

  #elements(sink: Sink, type: Description, elements: readonly unknown[]): void {
    sink.uint(elements.length);
    for (let i = 0; i < elements.length; i++) this.#part(sink, i, type, elements[i]);
  }

  #entries(sink: Sink, type: MapType, map: ReadonlyMap<unknown, unknown>): void {
    sink.uint(map.size);
    for (const [key, elem] of map) {
      const step = typeof key === "object" ? "key" : String(key);
      this.#part(sink, step, type.key, key);
      this.#part(sink, step, type.elem, elem);
    }
  }

  /** The name that the type is registered under, its id, and the value with its length in front. */
  #interface(sink: Sink, { name, value }: Readonly<Record<string, unknown>>): void {
    const type = this.#registry.get(String(name));
    if (type === undefined) {
      throw new TypeError(`gob: ${this.#path} has the type "${name}", which is not registered`);
    }
    sink.string(String(name));
    sink.int(this.#ids(type));
    const content = new Sink();
    this.#alone(content, type, value);
    sink.counted(content.bytes);
  }

  #complex(sink: Sink, value: unknown): void {
    const { re, im } = this.#object({ kind: "complex" }, value);
    if (typeof re !== "number" || typeof im !== "number") this.#refuse({ kind: "complex" }, value);
    sink.float(re as number);
    sink.float(im as number);
  }

  #part(sink: Sink, step: string | number, type: Description, value: unknown): void {
    this.#path.enter(step);
    this.#value(sink, type, value);
    this.#path.leave();
  }

  #object(type: Description, value: unknown): Readonly<Record<string, unknown>> {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value) &&
      !(value instanceof Map) && !(value instanceof Uint8Array);
    return isObject ? value as Record<string, unknown> : this.#refuse(type, value);
  }

  #refuse(type: Description, value: unknown): never {
    const name = "name" in type && type.name !== "" ? `${type.kind} ${type.name}` : type.kind;
    throw new TypeError(`gob: ${this.#path} is ${nameOf(value)}, not of type ${name}`);
  }
}

const INT_BITS = 2n ** 63n;

function isInt(value: unknown): value is number | bigint {
  if (typeof value === "bigint") return value >= -INT_BITS && value < INT_BITS;
  return Number.isSafeInteger(value);
}

function isUint(value: unknown): value is number | bigint {
  if (typeof value === "bigint") return value >= 0n && value < 2n * INT_BITS;
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
