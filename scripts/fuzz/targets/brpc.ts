// The decoders of src/brpc under fuzz.
import { readEnvelope, readHandshake } from "../../../src/brpc/messages.ts";
import { checkPayload, readPayload } from "../../../src/brpc/payload.ts";
import { GobDecoder } from "../../../src/wire/gob/mod.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import * as corpus from "../corpus.ts";
import type { Decoder } from "../decoder.ts";
import { brpcStream } from "../generate/brpc.ts";
import { readAll } from "../read_all.ts";

/** As a link of brpc has them, but for the length of a message. */
const LIMITS = {
  messageBytes: 4096,
  types: 100,
  values: 100_000,
  definitionBytes: 64 * 1024,
  depth: 100,
};

/** A payload, or that it is no JSON: who asked for it gets an error. */
function payload(bytes: Uint8Array): unknown {
  try {
    return [readPayload(bytes), checkPayload(bytes)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "no JSON";
  }
}

const conversation: Decoder = {
  name: "brpc",
  share: 2,
  structured: brpcStream,
  recorded: corpus.brpcStreams,
  isStream: true,
  isRefusal: (error) => error instanceof WireError,
  decode(pieces, give) {
    let isKnown = false;
    readAll(new GobDecoder(LIMITS), pieces, ({ value }) => {
      if (!isKnown) {
        isKnown = true;
        return give(readHandshake(value));
      }
      const message = readEnvelope(value);
      give([message, payload(message.Payload)]);
    });
  },
};

/** Messages without a handshake before them, as the recordings have them. */
const messages: Decoder = {
  ...conversation,
  name: "brpc-messages",
  share: 1,
  decode(pieces, give) {
    readAll(new GobDecoder(LIMITS), pieces, ({ value }) => give(readEnvelope(value)));
  },
};

/** All of them. */
export const BRPC_DECODERS: readonly Decoder[] = [conversation, messages];
