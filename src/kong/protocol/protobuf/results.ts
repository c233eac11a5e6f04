// Results of PDK functions from messages of ProtoBuf:1: the same values as over MsgPack:1.
import { decodeMessage } from "../../../wire/protobuf/codec.ts";
import { decodeShortText } from "../../../wire/protobuf/short.ts";
import * as messages from "./generated/messages.ts";
import { fromStruct, fromValue, type ReadContext } from "./values.ts";

/**
 * Decodes the result of a call; undefined for nil.
 *
 * @param frame the message; empty for nil, and for 0 and an empty string
 * @param args the call's
 * @returns the result, or a promise of it
 * @throws {GibbonError} if Kong's answer is an error; {WireError} MALFORMED
 */
export type Result = (frame: Uint8Array, args: readonly unknown[], context: ReadContext) => unknown;

const QUESTION_MARK = 0x3f;

/** Nothing. */
export const nothing: Result = () => undefined;

/** A string that is never nil. */
export const text: Result = (frame, _args, { texts }) =>
  decodeShortText(frame) ?? decodeMessage(messages.String, frame, texts.decode).v;

/** A text that holds texts of others: of what is not UTF-8 in it, there are replacement characters. */
export const document: Result = (frame) => decodeMessage(messages.String, frame).v;

/** The path of a path with a query. */
export const path: Result = (frame, _args, { texts }) =>
  texts.decode(beforeQuery(decodeMessage(messages.ByteString, frame).v));

function beforeQuery(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(QUESTION_MARK);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** An integer that is never nil. */
export const integer: Result = (frame) => decodeMessage(messages.Int, frame).v;

/** A number that is never nil. */
export const number: Result = (frame) => decodeMessage(messages.Number, frame).v;

/** A boolean. */
export const flag: Result = (frame) => decodeMessage(messages.Bool, frame).v;

/** Bytes. */
export const bytes: Result = (frame) => decodeMessage(messages.ByteString, frame).v;

/** A result that can be nil. Where it is 0 or an empty string, that is taken for nil. */
export function optional(result: Result): Result {
  return (frame, args, context) => frame.length === 0 ? undefined : result(frame, args, context);
}

/** A value of any kind. */
export const value: Result = (frame, _args, context) =>
  fromValue(decodeMessage(messages.Value, frame, context.texts.decode), context);

/** Headers or query arguments: all values of each name; none for a name without a value. */
export const multimap: Result = (frame, _args, context) =>
  fromStruct(decodeMessage(messages.Struct, frame, context.texts.decode), (item) => {
    const values = fromValue(item, context);
    if (Array.isArray(values)) return values;
    return values === true ? [] : [values];
  });

/** The first value of one query argument among all of them. */
export const argument: Result = (frame, [name], context) => {
  const { fields } = decodeMessage(messages.Struct, frame, context.texts.decode);
  const item = fields.find(({ key }) => key === name)?.value;
  const found = item && fromValue(item, context);
  return Array.isArray(found) ? found[0] : found;
};

/** What a route's path captured. Kong leaves the whole match out. */
export const captures: Result = (frame, _args, { texts }) => {
  const { unnamed, named } = decodeMessage(messages.UriCapturesResult, frame);
  const entries = named.map(({ key, value }) => [key, texts.decode(value)] as const);
  return {
    unnamed: unnamed.map(texts.decode),
    named: Object.fromEntries(entries),
  };
};
