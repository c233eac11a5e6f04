// Messages between hubs: a head as JSON, and bytes; long ones are cut in parts.
import { Buffer } from "node:buffer";
import { WireError } from "../../../wire/wire_error.ts";

/** Room that the head of a part has beside what it says itself, in bytes. */
const PART_HEAD_BYTES = 64;

/** Longest head, in bytes: names, method and trace id. Lists go as bytes. */
const HEAD_BYTES = 16 * 1024;

const NEWLINE = 0x0a;
/** The body of a message that has none. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** A part of a message. */
export interface Part {
  /** Not looked at yet. */
  readonly head: unknown;
  readonly body: Uint8Array;
  /** Whether another one follows. */
  readonly more: boolean;
}

/** Writes a message that is short enough, in one part. */
export function writeShort(head: object, body: Uint8Array = NOTHING): Uint8Array {
  return Buffer.concat([writeHead(head), body]);
}

function writeHead(head: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(head)}\n`);
}

/**
 * Writes a message.
 *
 * @param mostBytes longest that NATS takes
 * @returns its parts, in their order; one mostly
 */
export function writeFrame(head: object, body: Uint8Array, mostBytes: number): Uint8Array[] {
  const whole = writeHead(head);
  if (whole.length + body.length <= mostBytes) return [Buffer.concat([whole, body])];
  const more = writeHead({ ...head, more: true });
  const size = mostBytes - whole.length - PART_HEAD_BYTES;
  const parts: Uint8Array[] = [];
  for (let from = 0; from < body.length; from += size) {
    const isLast = from + size >= body.length;
    parts.push(Buffer.concat([isLast ? whole : more, body.subarray(from, from + size)]));
  }
  return parts;
}

/**
 * Reads a part.
 *
 * @throws {WireError} if it is none
 */
export function readPart(bytes: Uint8Array): Part {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0 || end > HEAD_BYTES) {
    throw new WireError("MALFORMED", "a message of a hub has no head");
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, end).toString();
  const head = parse(text);
  if (typeof head !== "object" || head === null) {
    throw new WireError("MALFORMED", "a message of a hub has a head that is no JSON");
  }
  return { head, body: bytes.subarray(end + 1), more: "more" in head && head.more === true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Puts the parts of messages together, each by a key that its parts share. */
export class Parts {
  readonly #mostBytes: number;
  readonly #mostOpen: number;
  readonly #open = new Map<string, { bytes: number; readonly bodies: Uint8Array[] }>();

  /**
   * @param mostBytes longest message
   * @param mostOpen messages of which a part is missing; the oldest goes
   */
  constructor(mostBytes: number, mostOpen: number) {
    this.#mostBytes = mostBytes;
    this.#mostOpen = mostOpen;
  }

  /** Messages of which a part is missing. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * Takes a part.
   *
   * @returns the body once it is whole
   * @throws {WireError} if it is too long; then it is forgotten
   */
  take(key: string, body: Uint8Array, more: boolean): Uint8Array | undefined {
    const begun = this.#open.get(key);
    if (!begun && !more) return body;
    const message = begun ?? { bytes: 0, bodies: [] };
    message.bytes += body.length;
    this.#open.delete(key);
    if (message.bytes > this.#mostBytes) {
      throw new WireError("LIMIT", `a message of a hub has more than ${this.#mostBytes} bytes`);
    }
    message.bodies.push(body);
    if (!more) return Buffer.concat(message.bodies);
    this.#open.set(key, message);
    if (this.#open.size > this.#mostOpen) {
      const [oldest = ""] = this.#open.keys();
      this.#open.delete(oldest);
    }
    return undefined;
  }

  /** Forgets what has begun. */
  clear(): void {
    this.#open.clear();
  }
}
