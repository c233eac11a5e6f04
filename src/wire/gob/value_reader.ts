// Reads whole values off messages, by the types of their stream.
import { WireError } from "../wire_error.ts";
import type { GobLimits } from "./limits.ts";
import type { Source } from "./source.ts";
import type { GobComplex, GobNamed } from "./types.ts";
import { ID, type WireField, type WireType, type WireTypes } from "./wire_types.ts";

/** Longest name of an interface's type, in bytes: Go's own bound. */
const NAME_BYTES = 1024;

/** What a reader works on. */
export interface ReaderOptions {
  readonly source: Source;
  readonly types: WireTypes;
  readonly limits: GobLimits;
  /** Loads the next message into the source, where one message is not all of a value. */
  readonly nextMessage: () => void;
  /** Is told of definitions. */
  readonly defined: (id: number) => void;
}

/** Reads values; one for each stream. */
export class ValueReader {
  readonly #options: ReaderOptions;
  readonly #source: Source;
  /** Values that may still come: what bounds the memory that a message turns into. */
  #budget = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#source = options.source;
  }

  /** Reads the definition of a type. */
  define(id: number | bigint): void {
    const { types, defined } = this.#options;
    const budget = this.#budget;
    // A value takes a byte at least.
    this.#budget = types.bytesLeft;
    const before = this.#source.left;
    const definition = this.#value(ID.wireType, 0);
    this.#budget = budget;
    try {
      types.define(Number(id), definition, before - this.#source.left);
    } catch (error) {
      throw error instanceof WireError ? this.#source.place(error) : error;
    }
    defined(Number(id));
  }

  /** Reads a value that was sent by itself. */
  whole(id: number): unknown {
    this.#budget = this.#options.limits.values;
    return this.#alone(id, 0);
  }

  /** A value that is no part of a struct, slice or map: it has a 0 in front unless it is a struct. */
  #alone(id: number, depth: number): unknown {
    if (this.#options.types.get(id)?.kind !== "struct" && this.#source.uint() !== 0) {
      throw this.#source.error("MALFORMED", "no 0 in front of a value that is no struct");
    }
    return this.#value(id, depth);
  }

  #value(id: number, depth: number): unknown {
    if (--this.#budget < 0) {
      throw this.#source.error("LIMIT", "a value of more values than the limit");
    }
    const source = this.#source;
    switch (id) {
      case ID.bool:
        return source.uint() !== 0;
      case ID.int:
        return source.int();
      case ID.uint:
        return source.uint();
      case ID.float:
        return source.float();
      case ID.bytes:
        return source.bytes();
      case ID.string:
        return source.string();
      case ID.complex:
        return { re: source.float(), im: source.float() } satisfies GobComplex;
    }
    if (depth >= this.#options.limits.depth) {
      throw source.error("LIMIT", `values inside each other, ${depth} deep`);
    }
    if (id === ID.interface) return this.#interface(depth + 1);
    const type = this.#options.types.get(id);
    if (type === undefined) throw source.error("MALFORMED", `type ${id} is not defined`);
    return this.#composite(type, depth + 1);
  }

  #composite(type: WireType, depth: number): unknown {
    switch (type.kind) {
      case "struct":
        return this.#struct(type.fields, depth);
      case "slice":
        return this.#elements(this.#count(type.elem), type.elem, depth);
      case "array":
        return this.#array(type.length, type.elem, depth);
      case "map":
        return this.#map(this.#count(type.key), type.key, type.elem, depth);
      case "opaque":
        return this.#source.bytes();
    }
  }

  /** Fields come as steps forward from the field before, and end with a 0. */
  #struct(fields: readonly WireField[], depth: number): unknown {
    const struct: Record<string, unknown> = {};
    let index = -1;
    for (let step = this.#source.uint(); step !== 0; step = this.#source.uint()) {
      index += Number(step);
      const field = fields[index];
      if (field === undefined) {
        throw this.#source.error("MALFORMED", `field ${index} of a struct with ${fields.length}`);
      }
      const value = this.#value(field.id, depth);
      if (field.exported) struct[field.name] = value;
    }
    return struct;
  }

  /**
   * The number of elements or entries. It is not held against the bytes left where these may go on
   * in further messages; what is read is never ahead of the bytes all the same.
   */
  #count(elem: number): number {
    const count = this.#source.uint();
    const basic = elem < ID.interface;
    if (basic && count > this.#source.left) {
      const { left } = this.#source;
      throw this.#source.error("MALFORMED", `${count} elements, but ${left} bytes are left`);
    }
    if (count > this.#budget) throw this.#source.error("LIMIT", `${count} elements are too many`);
    return Number(count);
  }

  #elements(count: number, elem: number, depth: number): unknown[] {
    const elements: unknown[] = [];
    for (let i = 0; i < count; i++) elements.push(this.#value(elem, depth));
    return elements;
  }

  #array(length: number, elem: number, depth: number): unknown[] {
    const count = this.#count(elem);
    if (count !== length) {
      throw this.#source.error("MALFORMED", `${count} elements in an array of ${length}`);
    }
    return this.#elements(count, elem, depth);
  }

  #map(count: number, key: number, elem: number, depth: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < count; i++) map.set(this.#value(key, depth), this.#value(elem, depth));
    return map;
  }

  #interface(depth: number): GobNamed | null {
    const name = this.#source.string();
    if (name === "") return null;
    if (name.length > NAME_BYTES) {
      throw this.#source.error("LIMIT", "the name of a type is too long");
    }
    const id = this.#interfaceType();
    // The length of the value, for those who skip it. It is only a part's if messages follow.
    this.#source.uint();
    return { name, value: this.#alone(id, depth) };
  }

  /**
   * Definitions can stand in front of an interface's value. Each ends its message: the rest comes in
   * the next one, or, inside of another interface's value, behind one more length.
   */
  #interfaceType(): number {
    for (let id = this.#source.int();; id = this.#source.int()) {
      if (id >= 0) return Number(id);
      this.define(-id);
      if (this.#source.left === 0) this.#options.nextMessage();
      else this.#source.uint();
    }
  }
}
