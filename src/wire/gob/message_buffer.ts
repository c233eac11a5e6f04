// Cuts a stream of bytes into gob's messages, whatever chunks they come in.
import { WireError } from "../wire_error.ts";
import type { GobMessage } from "./source.ts";

/** What an empty buffer may keep of its room, in bytes. */
const ROOM_KEPT = 64 * 1024;

/** The bytes that came in and were not taken yet. */
export class MessageBuffer {
  readonly #messageBytes: number;
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** Where in the stream `#start` is. */
  #offset = 0;

  /** @param messageBytes longest message that is accepted */
  constructor(messageBytes: number) {
    this.#messageBytes = messageBytes;
  }

  /** Adds bytes; they are copied. */
  push(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Takes the next message; undefined while it is incomplete. Its bytes are the buffer's own: they
   * are good until the next `push`.
   *
   * @throws {WireError} LIMIT, as soon as the length is known; MALFORMED
   */
  take(): GobMessage | undefined {
    const prefix = this.#prefixBytes();
    if (prefix === undefined) return undefined;
    const length = this.#length(prefix);
    const start = this.#start + prefix;
    if (this.#end < start + length) return undefined;
    const message = {
      bytes: this.#bytes.subarray(start, start + length),
      offset: this.#offset + prefix,
    };
    this.#start = start + length;
    this.#offset += prefix + length;
    if (this.#start === this.#end) this.#empty();
    return message;
  }

  /** Size of the length in front of the message, undefined if that is incomplete too. */
  #prefixBytes(): number | undefined {
    if (this.#start === this.#end) return undefined;
    const first = this.#bytes[this.#start] as number;
    const size = first < 0x80 ? 1 : 1 + 0x100 - first;
    if (size > 9) {
      throw new WireError("MALFORMED", `gob: no length of a message, at byte ${this.#offset}`);
    }
    return this.#end - this.#start < size ? undefined : size;
  }

  #length(prefix: number): number {
    let length = prefix === 1 ? this.#bytes[this.#start] as number : 0;
    for (let i = 1; i < prefix; i++) {
      length = length * 256 + (this.#bytes[this.#start + i] as number);
    }
    if (length > this.#messageBytes) {
      throw new WireError(
        "LIMIT",
        `gob: a message of ${length} bytes, at byte ${this.#offset}; the limit is ${this.#messageBytes}`,
      );
    }
    return length;
  }

  /** Moves what is there to the front, into more room unless half of it is free. */
  #makeRoom(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const kept = this.#bytes.subarray(this.#start, this.#end);
    const wanted = 2 * (kept.length + size);
    if (this.#bytes.length < wanted) this.#bytes = new Uint8Array(wanted);
    this.#bytes.set(kept);
    this.#start = 0;
    this.#end = kept.length;
  }

  /** Starts again at the front; after large messages, without their room. */
  #empty(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#bytes.length > ROOM_KEPT) this.#bytes = new Uint8Array(0);
  }
}
