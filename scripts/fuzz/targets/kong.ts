// The decoders of src/kong/protocol under fuzz: what Kong's messages mean.
import fc from "fast-check";
import { GibbonError } from "../../../src/base/errors.ts";
import { DEFAULT_LIMITS } from "../../../src/kong/engine/limits.ts";
import {
  DirectoryArgument,
  InstanceId,
  PluginName,
  readArgument,
  readHandleEvent,
  readRequest,
  readStep,
  type Request,
  StartInstance,
} from "../../../src/kong/protocol/msgpack/messages.ts";
import { findMethod } from "../../../src/kong/protocol/msgpack/methods.ts";
import { passedOn } from "../../../src/kong/protocol/msgpack/passing.ts";
import { CARRIED_FUNCTIONS } from "../../../src/kong/protocol/protobuf/functions.ts";
import { readCall } from "../../../src/kong/protocol/protobuf/messages.ts";
import { protocolOf } from "../../../src/kong/protocol/protocol_of.ts";
import { concat } from "../../../src/wire/bytes.ts";
import { ForeignTexts } from "../../../src/wire/foreign_texts.ts";
import { FrameReader } from "../../../src/wire/frames.ts";
import { decode } from "../../../src/wire/msgpack/codec.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import * as corpus from "../corpus.ts";
import type { Decoder } from "../decoder.ts";
import { commandStream } from "../generate/commands.ts";
import { anyMessage } from "../generate/protobuf.ts";
import { requestStream } from "../generate/rpc.ts";
import { readAll } from "../read_all.ts";

const LIMITS = { ...DEFAULT_LIMITS, messageBytes: 4096, nesting: 16 };

/** Over a connection, an error closes it; over MsgPack:1 it may be the answer, too. */
function isRefusal(error: unknown): boolean {
  return error instanceof WireError || (error instanceof GibbonError && error.code === "PROTOCOL");
}

/** What a reader of an argument gives, or that it refuses it: the stream goes on behind that. */
function tried(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return (error as Error).message;
  }
}

/** All readers of arguments, whichever method they belong to: they come behind finding that. */
function argumentsOf(request: Request): unknown[] {
  if (typeof request.method !== "string") return [tried(() => findMethod(request.method))];
  return [
    tried(() => readHandleEvent(request)),
    tried(() => readStep(request)),
    ...[PluginName, DirectoryArgument, StartInstance, InstanceId].map((schema) =>
      tried(() => readArgument(schema, request))
    ),
    tried(() => typeof findMethod(request.method)),
  ];
}

const requests: Decoder = {
  name: "kong-requests",
  share: 2,
  structured: requestStream,
  recorded: corpus.kongMsgpack,
  isStream: true,
  isRefusal,
  decode(pieces, give) {
    readAll(new MessageReader(LIMITS), pieces, (message) => {
      const request = readRequest(message);
      // A copy: msgpackr leaves a property of its own on bytes that it has read, the short way does not.
      give(request && { ...request, bytes: Uint8Array.from(request.bytes) });
      if (!request) return;
      give(argumentsOf(request));
      const passed = passedOn(request, "older");
      if (readRequest({ value: decode(passed), bytes: passed })?.passedBy === "older") return;
      throw new Error("passed on, it is no request that was passed on");
    });
  },
};

const commands: Decoder = {
  name: "kong-commands",
  share: 2,
  structured: commandStream,
  recorded: corpus.kongProtobuf,
  isStream: true,
  isRefusal,
  decode(pieces, give) {
    const reader = new FrameReader({ maxBytes: LIMITS.messageBytes, byteOrder: "little" });
    readAll(reader, pieces, (frame) => give(readCall(frame)));
  },
};

const FUNCTIONS = [...CARRIED_FUNCTIONS];

/** Of the first byte, which function of the PDK; then Kong's answer to it. */
const results: Decoder = {
  name: "kong-results",
  share: 2,
  structured: fc.tuple(fc.nat(FUNCTIONS.length - 1), anyMessage).map(([index, bytes]) =>
    concat([Uint8Array.of(index), bytes])
  ),
  recorded: () =>
    corpus.kongFrames().map(({ type, bytes }) =>
      concat([Uint8Array.of(type.length + bytes.length), bytes])
    ),
  isStream: false,
  isRefusal: (error) => error instanceof WireError || error instanceof GibbonError,
  decode([input], give) {
    const [, { result }] = FUNCTIONS[(input?.[0] ?? 0) % FUNCTIONS.length]!;
    const value = result(input?.subarray(1) ?? new Uint8Array(0), ["name"], {
      limits: LIMITS,
      texts: new ForeignTexts(),
    });
    if (!(value instanceof Promise)) return give(value);
    // A body in a file. What is rejected with anything else goes unhandled, and ends the process.
    value.catch((error) => {
      if (!(error instanceof GibbonError)) throw error;
    });
  },
};

/** Once a protocol is told of a message's beginning, more of it does not change that. */
const protocol: Decoder = {
  name: "kong-protocol",
  share: 1,
  structured: fc.oneof(requestStream, commandStream),
  recorded: () => [...corpus.kongMsgpack(), ...corpus.kongProtobuf()],
  isStream: false,
  isRefusal: () => false,
  decode([input = new Uint8Array(0)], give) {
    let told: unknown;
    for (let end = 0; end <= Math.min(40, input.length); end++) {
      const now = protocolOf(input, 0, end);
      if (told !== undefined && now !== told) throw new Error(`${told} has become ${now}`);
      told = now;
    }
    if (input.length >= 19 && told === undefined) throw new Error("of 19 bytes it cannot tell");
    give(told);
  },
};

/** All of them. */
export const KONG_DECODERS: readonly Decoder[] = [requests, commands, results, protocol];
