// The bench's part of Kong's wire: requests as ready-made bytes, and as much of an answer as counts.
import { Buffer } from "node:buffer";

/** Every request carries it: one is under way on a connection, so nothing has to be told apart. */
const MESSAGE_ID = 7;

/** What the gateway answers to the bench plugin's three calls; undefined for nil. */
export const STEP_DATA: readonly (string | undefined)[] = ["example.com", "127.0.0.1", undefined];

/** The calls themselves, as the plugin makes them. */
export const STEP_METHODS = ["kong.request.get_header", "kong.client.get_ip"];

/** Bytes of a request with an event's id in it, to be patched for each event. */
export interface StepRequest {
  readonly bytes: Uint8Array;
  /** Where the id's four bytes begin. */
  readonly idAt: number;
}

/** A value in MessagePack, packed as Kong does, but that numbers from 128 on take 32 bits. */
export function pack(value: unknown): Uint8Array {
  if (value === null || value === undefined) return Buffer.of(0xc0);
  if (typeof value === "number") {
    if (value < 0x80) return Buffer.of(value);
    const bytes = Buffer.of(0xce, 0, 0, 0, 0);
    bytes.writeUInt32BE(value, 1);
    return bytes;
  }
  if (typeof value === "string") {
    const text = Buffer.from(value);
    const { length } = text;
    const type = length < 32
      ? Buffer.of(0xa0 | length)
      : Buffer.of(0xda, length >> 8, length & 0xff);
    return Buffer.concat([type, text]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([Buffer.of(0x90 | value.length), ...value.map(pack)]);
  }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Buffer.concat([Buffer.of(0x80 | entries.length), ...entries.flat().map(pack)]);
}

/** A request; `argument` is the method's one argument. */
export function request(method: string, argument: unknown): Uint8Array {
  return pack([0, MESSAGE_ID, `plugin.${method}`, [argument]]);
}

/** A response as a server sends it. */
export function response(result: unknown): Uint8Array {
  return pack([1, MESSAGE_ID, null, result]);
}

/** The three Steps of an event, in turn. */
export function stepRequests(): StepRequest[] {
  const marker = 0xfedcba98;
  return STEP_DATA.map((Data) => {
    const bytes = Buffer.from(request("Step", { EventId: marker, Data }));
    return { bytes, idAt: bytes.indexOf(Buffer.of(0xfe, 0xdc, 0xba, 0x98)) };
  });
}

/**
 * Where the value that starts at `at` ends; -1 if it is not whole yet.
 *
 * @throws {Error} on a type that answers of a plugin server do not have
 */
export function endOf(bytes: Uint8Array, at: number): number {
  let open = 1;
  while (open > 0) {
    const type = bytes[at++];
    if (type === undefined) return -1;
    open--;
    if (type < 0x80 || type >= 0xe0) continue;
    if (type < 0x90) open += 2 * (type & 0x0f);
    else if (type < 0xa0) open += type & 0x0f;
    else if (type < 0xc0) at += type & 0x1f;
    else at += lengthOf(bytes, type, at);
    if (at > bytes.length) return -1;
  }
  return at;
}

/** Bytes that follow a type byte from 0xc0 to 0xdf, lengths included. */
function lengthOf(bytes: Uint8Array, type: number, at: number): number {
  if (type <= 0xc3) return 0;
  if (type === 0xd9 || type === 0xc4) return 1 + (bytes[at] ?? 0);
  if (type === 0xda || type === 0xc5) return 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  if (type === 0xca) return 4;
  if (type === 0xcb) return 8;
  if (type >= 0xcc && type <= 0xcf) return 1 << (type - 0xcc);
  if (type >= 0xd0 && type <= 0xd3) return 1 << (type - 0xd0);
  throw new Error(`the server sent a value of type 0x${type.toString(16)}`);
}

/** The unsigned integer behind a key in an answer; undefined if it is not there. */
export function numberAfter(bytes: Buffer, key: string): number | undefined {
  const found = bytes.indexOf(key, 0, "latin1");
  if (found < 0) return undefined;
  const at = found + key.length;
  const type = bytes[at] ?? 0xc0;
  if (type < 0x80) return type;
  if (type === 0xcc || type === 0xd0) return bytes.readUInt8(at + 1);
  if (type === 0xcd || type === 0xd1) return bytes.readUInt16BE(at + 1);
  if (type === 0xce || type === 0xd2) return bytes.readUInt32BE(at + 1);
  if (type === 0xcf || type === 0xd3) return Number(bytes.readBigUInt64BE(at + 1));
  if (type === 0xcb) return bytes.readDoubleBE(at + 1);
  return undefined;
}
