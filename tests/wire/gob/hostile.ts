// Messages that no honest encoder writes.
import type { GobValue } from "../../../src/wire/gob/mod.ts";
import { Sink } from "../../../src/wire/gob/sink.ts";
import { ValueWriter } from "../../../src/wire/gob/value_writer.ts";
import { WireDefinition } from "../../../src/wire/gob/wire_types.ts";

/** A message with its length in front. */
export function message(write: (sink: Sink) => void): Uint8Array {
  const body = new Sink();
  write(body);
  const all = new Sink();
  all.counted(body.bytes);
  return all.bytes.slice();
}

/** A message that defines a type. */
export function definition(id: number, type: GobValue<typeof WireDefinition>): Uint8Array {
  return message((sink) => writeDefinition(sink, id, type));
}

/** A definition within a message. */
export function writeDefinition(
  sink: Sink,
  id: number,
  type: GobValue<typeof WireDefinition>,
): void {
  sink.int(-id);
  new ValueWriter(() => 0, new Map()).whole(sink, WireDefinition, type);
}

export function slice(id: number, Elem: number): Uint8Array {
  return definition(id, { SliceT: { CommonType: { Name: "", Id: id }, Elem } });
}

export function array(id: number, Elem: number, Len: number): Uint8Array {
  return definition(id, { ArrayT: { CommonType: { Name: "", Id: id }, Elem, Len } });
}

export function map(id: number, Key: number, Elem: number): Uint8Array {
  return definition(id, { MapT: { CommonType: { Name: "", Id: id }, Key, Elem } });
}

export function struct(id: number, fields: Record<string, number>): Uint8Array {
  const Field = Object.entries(fields).map(([Name, Id]) => ({ Name, Id }));
  return definition(id, { StructT: { CommonType: { Name: "", Id: id }, Field } });
}
