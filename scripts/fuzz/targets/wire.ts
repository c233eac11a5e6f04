// The codecs of src/wire under fuzz.
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { concat } from "../../../src/wire/bytes.ts";
import { type ByteOrder, FrameReader } from "../../../src/wire/frames.ts";
import { fit, GobDecoder } from "../../../src/wire/gob/mod.ts";
import { LineReader } from "../../../src/wire/json_lines.ts";
import { MessageReader } from "../../../src/wire/msgpack/reader.ts";
import { positionOf, textBytes } from "../../../src/wire/msgpack/text_bytes.ts";
import {
  decodeMessage,
  encodeMessage,
  type MessageCodec,
} from "../../../src/wire/protobuf/codec.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { CASES } from "../../../tests/wire/gob/cases.ts";
import * as corpus from "../corpus.ts";
import type { Decoder } from "../decoder.ts";
import { gobStream } from "../generate/gob.ts";
import { valueStream } from "../generate/msgpack.ts";
import { anyMessage, frameStream } from "../generate/protobuf.ts";
import { proxLines } from "../generate/prox.ts";
import { requestStream } from "../generate/rpc.ts";
import { readAll } from "../read_all.ts";

/** Bounds of the readers: small, so that inputs get past them. */
const MESSAGE_BYTES = 4096;
const NESTING = 16;

const isWireError = (error: unknown) => error instanceof WireError;

/** Paths of texts that are looked for in messages. */
const PATHS: readonly (readonly (number | string)[])[] = [[], [3, 0, "Data"], [1], ["a"], [
  0,
  0,
  0,
]];

const msgpack: Decoder = {
  name: "msgpack",
  share: 3,
  structured: valueStream,
  recorded: corpus.kongMsgpack,
  isStream: true,
  isRefusal: isWireError,
  decode(pieces, give) {
    const reader = new MessageReader({ messageBytes: MESSAGE_BYTES, nesting: NESTING });
    readAll(reader, pieces, ({ value, bytes }) => {
      give(value);
      for (const path of PATHS) give([positionOf(bytes, path), textBytes(bytes, path)]);
    });
  },
};

function framesIn(byteOrder: ByteOrder): Decoder {
  return {
    name: `frames-${byteOrder}`,
    share: 1,
    structured: frameStream,
    recorded: byteOrder === "little" ? corpus.kongProtobuf : corpus.proxStream,
    isStream: true,
    isRefusal: isWireError,
    decode(pieces, give) {
      readAll(new FrameReader({ maxBytes: MESSAGE_BYTES, byteOrder }), pieces, give);
    },
  };
}

const lines: Decoder = {
  name: "lines",
  share: 1,
  structured: proxLines,
  recorded: corpus.proxLineStreams,
  isStream: true,
  // A line that is too long is cut; nothing is refused.
  isRefusal: () => false,
  decode(pieces, give) {
    const reader = new LineReader({ maxBytes: 100 });
    readAll(reader, pieces, give);
    const rest = reader.rest();
    if (rest) give(rest);
  },
};

const CODECS = Object.entries(messages).flatMap(([name, codec]) =>
  typeof codec === "object" && "decode" in codec
    ? [[name, codec as unknown as MessageCodec<unknown>] as const]
    : []
);

/** Of the first byte, which codec; then the message. */
const protobuf: Decoder = {
  name: "protobuf",
  share: 2,
  structured: fc.tuple(fc.nat(CODECS.length - 1), anyMessage).map(([codec, bytes]) =>
    concat([Uint8Array.of(codec), bytes])
  ),
  recorded: () =>
    corpus.kongFrames().map(({ type, bytes }) => {
      const codec = CODECS.findIndex(([name]) => name === type);
      return concat([Uint8Array.of(Math.max(0, codec)), bytes]);
    }),
  isStream: false,
  isRefusal: isWireError,
  decode([input], give) {
    const [, codec] = CODECS[(input?.[0] ?? 0) % CODECS.length]!;
    const value = decodeMessage(codec, input?.subarray(1) ?? new Uint8Array(0));
    give(value);
    if (isDeepStrictEqual(decodeMessage(codec, encodeMessage(codec, value)), value)) return;
    throw new Error("encoded and decoded again, it is another message");
  },
};

const described = CASES.flatMap(({ values }) => values.map(({ type }) => type));

const gob: Decoder = {
  name: "gob",
  share: 3,
  structured: gobStream,
  recorded: corpus.gobStreams,
  isStream: true,
  isRefusal: isWireError,
  decode(pieces, give) {
    let taken = 0;
    readAll(new GobDecoder({ messageBytes: MESSAGE_BYTES }), pieces, (item) => {
      give(item);
      try {
        give(fit(described[(taken++ * 7 + item.typeName.length) % described.length]!, item.value));
      } catch (error) {
        // The stream is still good.
        if (!isWireError(error)) throw error;
        give((error as Error).message);
      }
    });
  },
};

/** Kong's requests once more, as values alone: what they mean is another target's matter. */
const requests: Decoder = {
  ...msgpack,
  name: "msgpack-requests",
  share: 1,
  structured: requestStream,
};

/** All of them. */
export const WIRE_DECODERS: readonly Decoder[] = [
  msgpack,
  requests,
  framesIn("little"),
  framesIn("big"),
  lines,
  protobuf,
  gob,
];
