// Protobuf messages to bytes and back, with generated codecs: strict about what comes in.
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { WireError } from "../wire_error.ts";

/** What is generated for a message. */
export interface MessageCodec<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(reader: BinaryReader): T;
}

/** A writer whose memory is used again: a new one for each message cost more than the message. */
let spare: BinaryWriter | undefined;

/** A writer that has written a longer message, in bytes, is not kept for the next one. */
const MAX_SPARE_BYTES = 65_536;

/**
 * Encodes a message.
 *
 * @returns bytes of its own memory
 * @throws {Error} what the codec throws, for a field of the wrong type
 */
export function encodeMessage<T>(codec: MessageCodec<T>, message: T): Uint8Array {
  const writer = spare ?? new BinaryWriter();
  // What throws leaves half a message in the writer, which is then nobody's.
  spare = undefined;
  const bytes = codec.encode(message, writer).finish();
  if (bytes.length <= MAX_SPARE_BYTES) spare = writer;
  return bytes;
}

/**
 * Decodes a message, which may point into `bytes`.
 *
 * @param bytes one whole message
 * @param decodeText makes texts of bytes; replacement characters of what is not UTF-8 if left out
 * @throws {WireError} MALFORMED, also for messages nested deeper than 100
 */
export function decodeMessage<T>(
  codec: MessageCodec<T>,
  bytes: Uint8Array,
  decodeText?: (bytes: Uint8Array) => string,
): T {
  const reader = new BinaryReader(bytes, decodeText);
  let message: T;
  try {
    message = codec.decode(reader);
  } catch (error) {
    throw new WireError("MALFORMED", error instanceof Error ? error.message : String(error));
  }
  // Generated codecs stop at the end of a group, which no message here has.
  if (reader.pos === bytes.length) return message;
  throw new WireError("MALFORMED", `a message ends ${bytes.length - reader.pos} bytes early`);
}
