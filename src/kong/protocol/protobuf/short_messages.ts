// The two messages of every event, without the generated codecs: HandleEvent, and that it is over.
import { asciiText } from "../../../wire/ascii.ts";
import type { RpcCall } from "./generated/messages.ts";

/** Fields of the messages, as their tags. */
const SEQUENCE = 0x08;
const HANDLE_EVENT = [0xa2, 0x02] as const;
const INSTANCE_ID = 0x08;
const EVENT_NAME = 0x12;

/** Largest number that is read and written here: four bytes of seven bits. */
const MOST = 2 ** 28 - 1;

/** Where a number of a message ends, and what it is. */
class Cursor {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Steps over a byte, if it is this one. */
  is(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** A number of at most four bytes; undefined for any other. */
  number(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) return undefined;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}

/**
 * Reads HandleEvent as Kong writes it: all fields are there, in the order of their numbers.
 *
 * @returns undefined for anything else, which the codec has to read
 */
export function readShortCall(
  frame: Uint8Array,
): { sequence: number; command: NonNullable<RpcCall["call"]> } | undefined {
  const cursor = new Cursor(frame);
  const sequence = cursor.is(SEQUENCE) ? cursor.number() : undefined;
  if (!cursor.is(HANDLE_EVENT[0]) || !cursor.is(HANDLE_EVENT[1])) return undefined;
  const length = cursor.number();
  if (length !== frame.length - cursor.at) return undefined;
  const instance_id = cursor.is(INSTANCE_ID) ? cursor.number() : undefined;
  const nameLength = cursor.is(EVENT_NAME) ? cursor.number() : undefined;
  if (nameLength !== frame.length - cursor.at) return undefined;
  if (sequence === undefined || instance_id === undefined) return undefined;
  const event_name = asciiText(frame, cursor.at);
  if (event_name === undefined) return undefined;
  return { sequence, command: { $case: "cmd_handle_event", value: { instance_id, event_name } } };
}

/** Writes the answer that says nothing but that a command is done; undefined if the codec has to. */
export function writeDone(sequence: number): Uint8Array | undefined {
  if (!(sequence > 0 && sequence <= MOST)) return undefined;
  const bytes = [SEQUENCE];
  let rest = sequence;
  for (; rest >= 0x80; rest >>>= 7) bytes.push(rest & 0x7f | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
