// Slows a stream of bytes down to a speed.
import { Transform } from "node:stream";

/** Bytes that pass in one go: small enough for a slow speed to be even. */
const PIECE_BYTES = 4096;

/** A speed, which several streams may share. */
export class Throttle {
  /** Bytes a second; 0 for no limit. May change at any time. */
  bytesPerSecond: number;
  /** When the bytes that have passed are paid for, from `performance.now()`. */
  #paid = 0;

  constructor(bytesPerSecond: number) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** How long so many bytes have to wait, in milliseconds. They count as passed then. */
  waitMs(bytes: number): number {
    if (this.bytesPerSecond <= 0) return 0;
    const now = performance.now();
    const begin = Math.max(now, this.#paid);
    this.#paid = begin + (bytes / this.bytesPerSecond) * 1000;
    return begin - now;
  }

  /** A stream that passes bytes on at this speed. */
  stream(): Transform {
    const wait = (bytes: number) => {
      const ms = this.waitMs(bytes);
      return ms <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
    };
    return new Transform({
      async transform(chunk: Uint8Array, _encoding, done) {
        for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
          const piece = chunk.subarray(at, at + PIECE_BYTES);
          await wait(piece.length);
          this.push(piece);
        }
        done();
      },
    });
  }
}
