// The bytes of a stream that wait until the message which they belong to is whole.

/** Room for the pieces of a message, in bytes, at least. */
const LEAST_ROOM = 4096;

const EMPTY = new Uint8Array(0);

/**
 * Takes chunks, and gives stretches of them, in order. Nearly always a chunk is one message, which is
 * given out as it came, without a copy. Memory is never used twice: what was given out stays as it is.
 */
export class ByteQueue {
  #bytes: Uint8Array = EMPTY;
  #begin = 0;
  #end = 0;

  /** What `begin` and `end` point into. Good until the next `push` or `take`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the bytes that wait begin. */
  get begin(): number {
    return this.#begin;
  }

  /** Where they end. */
  get end(): number {
    return this.#end;
  }

  /** How many bytes wait. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** Takes a chunk, which from then on belongs to the queue. */
  push(chunk: Uint8Array): void {
    if (this.#begin === this.#end) {
      this.#bytes = chunk;
      this.#begin = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The first `length` of the bytes that wait, without the first `skipped` of those. */
  take(length: number, skipped = 0): Uint8Array {
    const begin = this.#begin;
    const whole = skipped === 0 && length === this.#bytes.length;
    const taken = whole ? this.#bytes : this.#bytes.subarray(begin + skipped, begin + length);
    this.#begin = begin + length;
    if (this.#begin === this.#end) this.#bytes = EMPTY;
    return taken;
  }

  /** Drops as many of the bytes that wait as there are, up to `length`; gives how many those were. */
  drop(length: number): number {
    const dropped = Math.min(length, this.size);
    if (dropped > 0) this.take(dropped);
    return dropped;
  }

  /** Puts bytes in front of those that wait. */
  putBack(bytes: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#begin, this.#end);
    const both = new Uint8Array(bytes.length + rest.length);
    both.set(bytes);
    both.set(rest, bytes.length);
    this.#bytes = both;
    this.#begin = 0;
    this.#end = both.length;
  }

  #makeRoom(size: number): void {
    const kept = this.#bytes.subarray(this.#begin, this.#end);
    const larger = new Uint8Array(Math.max(LEAST_ROOM, 2 * (kept.length + size)));
    larger.set(kept);
    this.#bytes = larger;
    this.#begin = 0;
    this.#end = kept.length;
  }
}
