// Frames: four bytes of length, then so many bytes. Kong's are little-endian, prox's big-endian.
import { Buffer } from "node:buffer";
import { ByteQueue } from "./byte_queue.ts";
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

/**
 * Takes chunks and gives frames. Bytes that were given out stay as they are, so what was decoded may
 * point into them.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #isLittle: boolean;
  readonly #queue: ByteQueue;
  /** What is left of a frame that is dropped. */
  #toSkip = 0;

  /** @param queue has the bytes, where others take some of them too */
  constructor({ maxBytes, byteOrder }: FrameOptions, queue = new ByteQueue()) {
    this.#maxBytes = maxBytes;
    this.#isLittle = byteOrder === "little";
    this.#queue = queue;
  }

  /** Bytes that came in and were not given out yet, lengths included. */
  get pendingBytes(): number {
    return this.#queue.size;
  }

  /** Takes a chunk, which from then on belongs to the reader. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /**
   * The next frame without its length, or undefined until more bytes are there.
   *
   * @throws {WireError} LIMIT, as soon as the length is known; only `skip` gets behind it
   */
  next(): Uint8Array | undefined {
    const { size } = this.#queue;
    if (size < HEAD_BYTES) return undefined;
    const length = this.#length();
    if (length > this.#maxBytes) {
      throw new WireError("LIMIT", `a frame of ${length} bytes, with ${this.#maxBytes} allowed`);
    }
    if (size < HEAD_BYTES + length) return undefined;
    return this.#queue.take(HEAD_BYTES + length, HEAD_BYTES);
  }

  /**
   * Drops the next frame, however long it is. To be called again, when more has come in, until all of
   * it is gone.
   *
   * @returns whether it is
   */
  skip(): boolean {
    if (this.#toSkip === 0) this.#toSkip = HEAD_BYTES + this.#length();
    this.#toSkip -= this.#queue.drop(this.#toSkip);
    return this.#toSkip === 0;
  }

  /** Read byte by byte, because a DataView for each frame is slow to come by. */
  #length(): number {
    const { bytes, begin } = this.#queue;
    let length = 0;
    for (let at = 0; at < HEAD_BYTES; at++) {
      const shift = 8 * (this.#isLittle ? at : HEAD_BYTES - 1 - at);
      length |= (bytes[begin + at] ?? 0) << shift;
    }
    return length >>> 0;
  }
}

/** A frame: the length of `bytes`, then `bytes`. */
export function frame(bytes: Uint8Array, byteOrder: ByteOrder): Uint8Array {
  return frames([bytes], byteOrder);
}

/** Several frames in a row. A Buffer, because sockets of node:net would make one of other bytes. */
export function frames(messages: readonly Uint8Array[], byteOrder: ByteOrder): Uint8Array {
  let size = 0;
  for (const { length } of messages) size += HEAD_BYTES + length;
  const framed = Buffer.allocUnsafe(size);
  let at = 0;
  for (const message of messages) {
    if (byteOrder === "little") framed.writeUInt32LE(message.length, at);
    else framed.writeUInt32BE(message.length, at);
    framed.set(message, at + HEAD_BYTES);
    at += HEAD_BYTES + message.length;
  }
  return framed;
}
