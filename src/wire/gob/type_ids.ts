// Gives the described types of a stream their ids, and writes their definitions, each once.
import { Sink } from "./sink.ts";
import { base, type Description, type GobValue } from "./types.ts";
import { ValueWriter } from "./value_writer.ts";
import { FIRST_ID, ID, WireDefinition } from "./wire_types.ts";

type Based = ReturnType<typeof base>;

/** A type that needs a definition; its id is 0 until it has one. */
interface Entry {
  readonly type: Based;
  id: number;
  sent: boolean;
}

/** The types of one stream, as the sending side numbers them: in the order that Go would. */
export class TypeIds {
  readonly #writer = new ValueWriter(() => 0, new Map());
  readonly #message = new Sink();
  readonly #entries = new Map<Based, Entry>();
  /** Slices, arrays and maps by what they are made of: equal ones are one type. */
  readonly #alike = new Map<string, Entry>();
  #next = FIRST_ID;

  /** The id of a type. What is new of its definition and of those that it needs goes to `sink`. */
  define(sink: Sink, type: Description): number {
    const known = this.#entries.get(base(type));
    if (known?.sent) return known.id;
    this.#enter(type);
    this.#send(sink, type);
    return this.#id(type);
  }

  /** Gives ids to a type and all types in it: to structs before what they contain, to others after. */
  #enter(given: Description): void {
    const type = base(given);
    if (basicId(type) !== undefined || this.#entries.has(type)) return;
    const entry: Entry = { type, id: 0, sent: false };
    this.#entries.set(type, entry);
    const parts = partsOf(type);
    if (type.kind === "struct") {
      entry.id = this.#next++;
      for (const part of parts) {
        this.#enter(part);
        this.#id(part);
      }
      return;
    }
    for (const part of parts) this.#enter(part);
    const alike = this.#findAlike(entry, parts);
    if (alike) this.#entries.set(type, alike);
    else entry.id ||= this.#next++;
  }

  /** The type made of the same parts, if there is one. Recursive types are not compared. */
  #findAlike(entry: Entry, parts: readonly Description[]): Entry | undefined {
    const { type } = entry;
    if (type.kind !== "slice" && type.kind !== "array" && type.kind !== "map") return undefined;
    const ids = parts.map((part) => basicId(base(part)) ?? this.#entries.get(base(part))?.id);
    if (entry.id !== 0 || ids.includes(0)) return undefined;
    const length = type.kind === "array" ? type.length : 0;
    const key = JSON.stringify([type.kind, type.name, length, ...ids]);
    const alike = this.#alike.get(key);
    if (!alike) this.#alike.set(key, entry);
    return alike;
  }

  #id(given: Description): number {
    const type = base(given);
    const basic = basicId(type);
    if (basic !== undefined) return basic;
    const entry = this.#entries.get(type) as Entry;
    entry.id ||= this.#next++;
    return entry.id;
  }

  /** A type's definition goes ahead of those of its parts. */
  #send(sink: Sink, given: Description): void {
    const entry = this.#entries.get(base(given));
    if (entry === undefined || entry.sent) return;
    entry.sent = true;
    this.#message.clear();
    this.#message.int(-entry.id);
    this.#writer.whole(this.#message, WireDefinition, this.#definition(entry));
    sink.counted(this.#message.bytes);
    for (const part of partsOf(entry.type)) this.#send(sink, part);
  }

  #definition({ type, id }: Entry): GobValue<typeof WireDefinition> {
    const CommonType = { Name: "name" in type ? type.name : "Time", Id: id };
    switch (type.kind) {
      case "struct": {
        const Field = type.fields.map(({ name, type }) => ({ Name: name, Id: this.#id(type) }));
        return { StructT: { CommonType, Field } };
      }
      case "slice":
        return { SliceT: { CommonType, Elem: this.#id(type.elem) } };
      case "array":
        return { ArrayT: { CommonType, Elem: this.#id(type.elem), Len: type.length } };
      case "map":
        return { MapT: { CommonType, Key: this.#id(type.key), Elem: this.#id(type.elem) } };
      case "opaque":
        if (type.by === "binary") return { BinaryMarshalerT: { CommonType } };
        if (type.by === "text") return { TextMarshalerT: { CommonType } };
        return { GobEncoderT: { CommonType } };
      default:
        return { GobEncoderT: { CommonType } };
    }
  }
}

/** The id that a type has on every stream. */
function basicId(type: Based): number | undefined {
  switch (type.kind) {
    case "bool":
    case "float":
    case "complex":
    case "string":
    case "bytes":
      return ID[type.kind];
    case "int":
    case "int64":
      return ID.int;
    case "uint":
    case "uint64":
      return ID.uint;
    case "any":
      return ID.interface;
    default:
      return undefined;
  }
}

/** The types that a type's definition refers to. */
function partsOf(type: Based): Description[] {
  switch (type.kind) {
    case "slice":
    case "array":
      return [type.elem];
    case "map":
      return [type.key, type.elem];
    case "struct":
      return type.fields.map((field) => field.type);
    default:
      return [];
  }
}
