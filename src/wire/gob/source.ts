// Reads gob's basic values from the bytes of one message.
import { WireError, type WireErrorCode } from "../wire_error.ts";

/** One message: its bytes without the length, and where in the stream they are. */
export interface GobMessage {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });
const EMPTY: GobMessage = { bytes: new Uint8Array(0), offset: 0 };

/** A message under way. What it reads past the end is refused, with its place in the stream. */
export class Source {
  readonly #eight = new DataView(new ArrayBuffer(8));
  #message = EMPTY;
  #at = 0;

  /** Goes on with the first byte of this message. */
  load(message: GobMessage): void {
    this.#message = message;
    this.#at = 0;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#message.bytes.length - this.#at;
  }

  /** An error about the byte that comes next. */
  error(code: WireErrorCode, what: string): WireError {
    return this.place(new WireError(code, `gob: ${what}`));
  }

  /** The same error, with the place of the byte that comes next. */
  place({ code, message }: WireError): WireError {
    return new WireError(code, `${message}, at byte ${this.#message.offset + this.#at}`);
  }

  /** An unsigned integer: a number as long as that is exact. */
  uint(): number | bigint {
    const { bytes } = this.#message;
    const size = this.#numberSize();
    if (size === 0) return bytes[this.#at++] as number;
    let high = 0;
    let low = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++) {
      high = ((high << 8) | (low >>> 24)) >>> 0;
      low = ((low << 8) | (bytes[this.#at] as number)) >>> 0;
    }
    if (high <= 0x1fffff) return high * 0x1_0000_0000 + low;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** A signed integer: bit 0 says whether the others are complemented. */
  int(): number | bigint {
    const bits = this.uint();
    if (typeof bits === "number") return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2;
    const value = (bits & 1n) === 0n ? bits >> 1n : ~(bits >> 1n);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  /** A float64, which travels as an unsigned integer of its bytes in reverse. */
  float(): number {
    const size = this.#numberSize() || 1;
    this.#eight.setFloat64(0, 0);
    for (let i = 8 - size; i < 8; i++) {
      this.#eight.setUint8(i, this.#message.bytes[this.#at++] as number);
    }
    return this.#eight.getFloat64(0, true);
  }

  /** The length of what follows, at least a byte each. */
  length(what: string): number {
    const length = this.uint();
    if (length > this.left) {
      throw this.error("MALFORMED", `${length} bytes of ${what}, but ${this.left} are left`);
    }
    return Number(length);
  }

  /** A byte string of its own: it does not change when the message's buffer does. */
  bytes(): Uint8Array {
    return this.#take(this.length("a byte string")).slice();
  }

  string(): string {
    return TEXT.decode(this.#take(this.length("a string")));
  }

  /** Bytes of the coming number behind its first byte; 0 when that is the number itself. */
  #numberSize(): number {
    if (this.left === 0) throw this.error("MALFORMED", "the message ends too early");
    const first = this.#message.bytes[this.#at] as number;
    if (first < 0x80) return 0;
    const size = 0x100 - first;
    if (size > 8) throw this.error("MALFORMED", `a number of ${size} bytes`);
    if (size >= this.left) throw this.error("MALFORMED", "the message ends too early");
    this.#at++;
    return size;
  }

  /** The next bytes, which are known to be there. */
  #take(size: number): Uint8Array {
    this.#at += size;
    return this.#message.bytes.subarray(this.#at - size, this.#at);
  }
}
