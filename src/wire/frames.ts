// Frames: four bytes of length, then so many bytes. Kong's are little-endian, prox's big-endian.
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
  readonly #queue = new ByteQueue();

  constructor({ maxBytes, byteOrder }: FrameOptions) {
    this.#maxBytes = maxBytes;
    this.#isLittle = byteOrder === "little";
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
   * @throws {WireError} LIMIT, as soon as the length is known; the stream cannot be read on
   */
  next(): Uint8Array | undefined {
    const { bytes, begin, size } = this.#queue;
    if (size < HEAD_BYTES) return undefined;
    const head = new DataView(bytes.buffer, bytes.byteOffset + begin);
    const length = head.getUint32(0, this.#isLittle);
    if (length > this.#maxBytes) {
      throw new WireError("LIMIT", `a frame of ${length} bytes, with ${this.#maxBytes} allowed`);
    }
    if (size < HEAD_BYTES + length) return undefined;
    return this.#queue.take(HEAD_BYTES + length, HEAD_BYTES);
  }
}

/** A frame: the length of `bytes`, then `bytes`. */
export function frame(bytes: Uint8Array, byteOrder: ByteOrder): Uint8Array {
  const framed = new Uint8Array(HEAD_BYTES + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length, byteOrder === "little");
  framed.set(bytes, HEAD_BYTES);
  return framed;
}
