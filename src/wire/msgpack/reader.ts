// A stream of MessagePack values, cut anywhere, into messages.
import { decode } from "./codec.ts";
import { type ValueLimits, ValueScanner } from "./scanner.ts";

/** One value of a stream. */
export interface Message {
  readonly value: unknown;
  /** The bytes that it was decoded from. */
  readonly bytes: Uint8Array;
}

const EMPTY = new Uint8Array(0);

/**
 * Takes chunks and gives messages. Bytes that were given out stay as they are: memory is never
 * used twice, so decoded bin values may point into it.
 */
export class MessageReader {
  readonly #scanner: ValueScanner;
  #buffer: Uint8Array = EMPTY;
  #begin = 0;
  #end = 0;

  constructor(limits: ValueLimits) {
    this.#scanner = new ValueScanner(limits);
  }

  /** Bytes of a message that is not complete yet. */
  get pendingBytes(): number {
    return this.#end - this.#begin;
  }

  /** Takes a chunk, which from then on belongs to the reader. */
  push(chunk: Uint8Array): void {
    if (this.#begin === this.#end) {
      this.#buffer = chunk;
      this.#begin = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length || this.#buffer.length === this.#end) {
      const kept = this.#end - this.#begin;
      const larger = new Uint8Array(Math.max(4096, 2 * (kept + chunk.length)));
      larger.set(this.#buffer.subarray(this.#begin, this.#end));
      this.#buffer = larger;
      this.#begin = 0;
      this.#end = kept;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next message, or undefined until more bytes are there.
   *
   * @throws {WireError} LIMIT, MALFORMED; the stream cannot be read on
   */
  next(): Message | undefined {
    if (this.#begin === this.#end) return undefined;
    const buffer = this.#buffer;
    const length = this.#scanner.scan(buffer, this.#begin, this.#end);
    if (length === undefined) return undefined;
    // Nearly always one chunk is one message.
    const whole = length === buffer.length;
    const bytes = whole ? buffer : buffer.subarray(this.#begin, this.#begin + length);
    this.#begin += length;
    if (this.#begin === this.#end) this.#buffer = EMPTY;
    return { value: decode(bytes), bytes };
  }
}
