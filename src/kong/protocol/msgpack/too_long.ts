// Requests that are past a bound: what is known of one of which only the beginning is there, and how a
// text that is too long is taken out of it.
import type { ByteQueue } from "../../../wire/byte_queue.ts";
import { concat } from "../../../wire/bytes.ts";
import { decode, encode } from "../../../wire/msgpack/codec.ts";
import { beginsArray, beginsMap, LENGTH_BYTES, lengthAt } from "../../../wire/msgpack/heads.ts";
import { ValueScanner } from "../../../wire/msgpack/scanner.ts";
import type { Request } from "./messages.ts";
import { STEP } from "./stopping.ts";

/** Bounds of the values that are looked for: numbers and names. */
const SMALL = { messageBytes: 1024, nesting: 2 };

/** Longest text that is waited for to be dropped, in bytes: beyond this it is no text of Kong's. */
const MOST_DROPPED = 1024 * 1024 * 1024;

const REQUEST = 0;
/** Head of an array of four, as all requests have it. */
const FOUR = 0x94;
/** Head of the arguments: one, or two where another server passes it on. */
const ONE = 0x91;
const TWO = 0x92;
/** Heads of maps of up to 15 entries, and the bits that say how many. */
const MAP = 0x80;
const ENTRIES = 0x0f;

/** What the names of all methods begin with; others are no requests of Kong's. */
const SERVICE = "plugin.";

const NIL = Uint8Array.of(0xc0);

/** A request of which the beginning is there. */
export interface Beginning {
  /** With as much of the argument as is there. */
  readonly request: Request;
  /** Where the value of the argument begins that is not whole, or long. */
  readonly at: number | undefined;
}

/**
 * Reads the beginning of a request.
 *
 * @returns undefined if it is none, or if that is too little to answer
 */
export function readBeginning(bytes: Uint8Array): Beginning | undefined {
  if (bytes[0] !== FOUR) return undefined;
  const walk = new Walk(bytes, 1);
  const [kind, messageId, method] = [walk.next(), walk.next(), walk.next()];
  if (kind !== REQUEST || !Number.isSafeInteger(messageId)) return undefined;
  if (typeof method !== "string" || !method.startsWith(SERVICE)) return undefined;
  const { fields, at } = readFields(bytes, walk);
  return { request: { messageId: messageId as number, method, argument: fields, bytes }, at };
}

/**
 * The request that has an event hear of an answer that is past a bound.
 *
 * @param text what is to be said of it
 * @returns undefined if it is not known which event waits for it
 */
export function failedStep(request: Request, text: string): Uint8Array | undefined {
  const { messageId, method, argument } = request;
  const { EventId } = (argument ?? {}) as { readonly EventId?: unknown };
  if (typeof method !== "string" || !method.startsWith(STEP)) return undefined;
  if (typeof EventId !== "number") return undefined;
  return encode([REQUEST, messageId, "plugin.StepError", [{ EventId, Data: text }]]);
}

/** Takes a text out of a request, as it comes in: nil stands in its place then. */
export class Cut {
  readonly #before: Uint8Array;
  #left: number;

  private constructor(before: Uint8Array, left: number) {
    this.#before = before;
    this.#left = left;
  }

  /**
   * Begins to take out the text at the place where a beginning ends.
   *
   * @returns undefined if there is none
   */
  static of({ request: { bytes }, at }: Beginning): Cut | undefined {
    const first = at === undefined ? undefined : bytes[at];
    if (at === undefined || first === undefined) return undefined;
    const width = LENGTH_BYTES[first]!;
    const isText = width > 0 && !beginsArray(first) && !beginsMap(first);
    if (!isText || at + 1 + width > bytes.length) return undefined;
    const length = 1 + width + lengthAt(bytes, at);
    return length > MOST_DROPPED ? undefined : new Cut(bytes.slice(0, at), at + length);
  }

  /** Goes on with what has come in; gives whether the text is out. */
  goOn(bytes: ByteQueue): boolean {
    this.#left -= bytes.drop(this.#left);
    if (this.#left > 0) return false;
    bytes.putBack(concat([this.#before, NIL]));
    return true;
  }
}

/** The entries of the argument that are whole and small, and where the first one is that is not. */
function readFields(bytes: Uint8Array, walk: Walk) {
  const entries: [string, unknown][] = [];
  const [args, map] = [bytes[walk.at], bytes[walk.at + 1] ?? 0];
  if ((args !== ONE && args !== TWO) || (map & ~ENTRIES) !== MAP) return { fields: {} };
  walk.at += 2;
  let at: number | undefined;
  for (let left = map & ENTRIES; left > 0 && at === undefined; left--) {
    const name = walk.next();
    if (typeof name !== "string") break;
    const value = walk.next();
    if (value === undefined) at = walk.at;
    else entries.push([name, value]);
  }
  return { fields: Object.fromEntries(entries), at };
}

/** Reads small values, one behind the other. */
class Walk {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The next value; undefined if it is not whole, or no small one. */
  next(): unknown {
    try {
      const length = new ValueScanner(SMALL).scan(this.#bytes, this.at);
      if (length === undefined) return undefined;
      const value = decode(this.#bytes.subarray(this.at, this.at + length));
      this.at += length;
      return value;
    } catch {
      return undefined;
    }
  }
}
