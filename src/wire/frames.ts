// Frames: four bytes of length, then so many bytes. Kong's are little-endian, prox's big-endian.
import { WireError } from "./wire_error.ts";

/** In which order the four bytes of a length come. */
export type ByteOrder = "big" | "little";

/** What a reader accepts. */
export interface FrameOptions {
  /** Longest frame, in bytes, without its length. */
  readonly maxBytes: number;
  readonly byteOrder: ByteOrder;
}

/** Bytes of a frame's length. */
const HEAD_BYTES = 4;

const EMPTY = new Uint8Array(0);

/**
 * Takes chunks and gives frames. Bytes that were given out stay as they are: memory is never used
 * twice, so what was decoded may point into it.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #isLittle: boolean;
  #buffer: Uint8Array = EMPTY;
  #begin = 0;
  #end = 0;

  constructor({ maxBytes, byteOrder }: FrameOptions) {
    this.#maxBytes = maxBytes;
    this.#isLittle = byteOrder === "little";
  }

  /** Bytes that came in and were not given out yet, lengths included. */
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
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next frame without its length, or undefined until more bytes are there.
   *
   * @throws {WireError} LIMIT, as soon as the length is known; the stream cannot be read on
   */
  next(): Uint8Array | undefined {
    const pending = this.#end - this.#begin;
    if (pending < HEAD_BYTES) return undefined;
    const length = this.#length();
    if (length > this.#maxBytes) {
      throw new WireError("LIMIT", `a frame of ${length} bytes, with ${this.#maxBytes} allowed`);
    }
    if (pending < HEAD_BYTES + length) return undefined;
    const begin = this.#begin + HEAD_BYTES;
    const bytes = this.#buffer.subarray(begin, begin + length);
    this.#begin = begin + length;
    if (this.#begin === this.#end) this.#buffer = EMPTY;
    return bytes;
  }

  #length(): number {
    const { buffer, byteOffset } = this.#buffer;
    return new DataView(buffer, byteOffset + this.#begin).getUint32(0, this.#isLittle);
  }

  #makeRoom(size: number): void {
    const kept = this.#buffer.subarray(this.#begin, this.#end);
    const larger = new Uint8Array(Math.max(4096, 2 * (kept.length + size)));
    larger.set(kept);
    this.#buffer = larger;
    this.#begin = 0;
    this.#end = kept.length;
  }
}

/** A frame: the length of `bytes`, then `bytes`. */
export function frame(bytes: Uint8Array, byteOrder: ByteOrder): Uint8Array {
  const framed = new Uint8Array(HEAD_BYTES + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length, byteOrder === "little");
  framed.set(bytes, HEAD_BYTES);
  return framed;
}
