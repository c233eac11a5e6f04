// Results of PDK functions from messages of ProtoBuf:1: the same values as over MsgPack:1.
import type { Limits } from "../../engine/limits.ts";
import { decodeMessage } from "../../../wire/protobuf/codec.ts";
import * as messages from "./generated/messages.ts";
import { fromStruct, fromValue } from "./values.ts";

/**
 * Decodes the result of a call; undefined for nil.
 *
 * @param frame the message; empty for nil, and for 0 and an empty string
 * @param args the call's
 * @returns the result, or a promise of it
 * @throws {GibbonError} if Kong's answer is an error; {WireError} MALFORMED
 */
export type Result = (frame: Uint8Array, args: readonly unknown[], limits: Limits) => unknown;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Nothing. */
export const nothing: Result = () => undefined;

/** A string that is never nil. */
export const text: Result = (frame) => decodeMessage(messages.String, frame).v;

/** The path of a path with a query. */
export const path: Result = (frame) => decodeMessage(messages.String, frame).v.split("?", 1)[0];

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
  return (frame, args, limits) => frame.length === 0 ? undefined : result(frame, args, limits);
}

/** A value of any kind. */
export const value: Result = (frame, _args, { nesting }) =>
  fromValue(decodeMessage(messages.Value, frame), nesting);

/** Headers or query arguments: all values of each name; none for a name without a value. */
export const multimap: Result = (frame, _args, { nesting }) =>
  fromStruct(decodeMessage(messages.Struct, frame), (item) => {
    const values = fromValue(item, nesting);
    if (Array.isArray(values)) return values;
    return values === true ? [] : [values];
  });

/** The first value of one query argument among all of them. */
export const argument: Result = (frame, [name], { nesting }) => {
  const { fields } = decodeMessage(messages.Struct, frame);
  const item = fields.find(({ key }) => key === name)?.value;
  const found = item && fromValue(item, nesting);
  return Array.isArray(found) ? found[0] : found;
};

/** What a route's path captured. Kong leaves the whole match out. */
export const captures: Result = (frame) => {
  const { unnamed, named } = decodeMessage(messages.UriCapturesResult, frame);
  const entries = named.map(({ key, value }) => [key, decoder.decode(value)] as const);
  return {
    unnamed: unnamed.map((group) => decoder.decode(group)),
    named: Object.fromEntries(entries),
  };
};
