// Arguments of PDK functions from messages of ProtoBuf:1, as Kong's functions get them.
import { decodeMessage } from "../../../../wire/protobuf/codec.ts";
import * as messages from "../../../protocol/protobuf/generated/messages.ts";
import { toLuaString } from "../../lua/bytes.ts";
import { luaOfList, luaOfStruct, luaOfValue } from "./lua_values.ts";

/**
 * Reads a function's arguments.
 *
 * @throws {WireError} MALFORMED, where Kong raises
 */
export type ReadArguments = (frame: Uint8Array) => unknown[];

type Present = Readonly<Record<string, unknown>>;

/** The fields of an entity that were sent; a list without items is none. */
function present(message: object | undefined): Present | undefined {
  if (!message) return undefined;
  return Object.fromEntries(
    Object.entries(message).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : value !== undefined
    ),
  );
}

/** By the name of the message. */
export const ARGUMENTS: Readonly<Record<string, ReadArguments>> = {
  Empty: () => [],
  String: (frame) => [decodeMessage(messages.String, frame).v],
  Int: (frame) => [decodeMessage(messages.Int, frame).v],
  Bool: (frame) => [decodeMessage(messages.Bool, frame).v],
  ByteString: (frame) => [toLuaString(decodeMessage(messages.ByteString, frame).v)],
  KV: (frame) => {
    const { k, v } = decodeMessage(messages.KV, frame);
    return [k, luaOfValue(v)];
  },
  ListValue: (frame) => luaOfList(decodeMessage(messages.ListValue, frame)),
  Struct: (frame) => [luaOfStruct(decodeMessage(messages.Struct, frame))],
  ExitArgs: (frame) => {
    const { status, body, headers } = decodeMessage(messages.ExitArgs, frame);
    return [status, toLuaString(body), headers && luaOfStruct(headers)];
  },
  Target: (frame) => {
    const { host, port } = decodeMessage(messages.Target, frame);
    return [host, port];
  },
  ConsumerSpec: (frame) => {
    const { id, by_username } = decodeMessage(messages.ConsumerSpec, frame);
    return [id, by_username];
  },
  AuthenticateArgs: (frame) => {
    const { consumer, credential } = decodeMessage(messages.AuthenticateArgs, frame);
    return [present(consumer), present(credential)];
  },
};
