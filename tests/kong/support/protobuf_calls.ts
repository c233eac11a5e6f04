// PDK calls over ProtoBuf:1 from Kong's side: what is asked for, in messages, and what an answer gives.
import { DEFAULT_LIMITS, type Limits } from "../../../src/kong/engine/limits.ts";
import { encodeCall } from "../../../src/kong/protocol/protobuf/calls.ts";
import type * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { ForeignTexts } from "../../../src/wire/foreign_texts.ts";

/** UTF-8. */
export const utf8 = (text: string) => new TextEncoder().encode(text);
/** What UTF-8 says. */
export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** How a message is written and read. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** Kong's side of a call: whom it asks for, and the arguments in a message. */
export function sent<T>(
  method: string,
  args: readonly unknown[],
  message: Codec<T>,
  plugin?: string,
) {
  const { messages: [name, bytes] } = encodeCall(method, args, plugin);
  return { asked: textOf(name), message: message.decode(bytes) };
}

/** What a plugin gets of an answer of Kong's; nothing for nil. */
export function got(
  method: string,
  answer: Uint8Array = new Uint8Array(0),
  args: readonly unknown[] = [],
  limits: Partial<Limits> = {},
): unknown {
  const context = { limits: { ...DEFAULT_LIMITS, ...limits }, texts: new ForeignTexts() };
  return encodeCall(method, args).read(answer, context);
}

/** A message as it travels. */
export const bytesOf = <T>(message: Codec<T>, value: T) => message.encode(value).finish();

/** A value as it travels, in JavaScript again: bytes as text. */
export function plain(value: messages.Value | undefined): unknown {
  const kind = value?.kind;
  if (!kind) return undefined;
  switch (kind.$case) {
    case "string_value":
      return textOf(kind.value);
    case "list_value":
      return kind.value.values.map(plain);
    case "struct_value":
      return plainStruct(kind.value);
    default:
      return kind.value;
  }
}

/** The same for a table. */
export function plainStruct(struct: messages.Struct | undefined): unknown {
  return struct && Object.fromEntries(struct.fields.map(({ key, value }) => [key, plain(value)]));
}

// Values as they travel.

export const textValue = (text: string): messages.Value => ({
  kind: { $case: "string_value", value: utf8(text) },
});
export const list = (...values: messages.Value[]): messages.Value => ({
  kind: { $case: "list_value", value: { values } },
});
export const struct = (fields: Record<string, messages.Value | undefined>): messages.Struct => ({
  fields: Object.entries(fields).map(([key, value]) => ({ key, value })),
});
export const structValue = (
  fields: Record<string, messages.Value | undefined>,
): messages.Value => ({
  kind: { $case: "struct_value", value: struct(fields) },
});
export const NIL: messages.Value = { kind: { $case: "null_value", value: 1 } };
export const TRUE: messages.Value = { kind: { $case: "bool_value", value: true } };
export const numberValue = (value: number): messages.Value => ({
  kind: { $case: "number_value", value },
});
