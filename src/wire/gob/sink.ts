// Writes gob's basic values into a buffer that grows.

/** Bytes to begin with. */
const ROOM = 256;
/** Longest string, in UTF-16 units, whose length in UTF-8 is sure to fit one byte of gob. */
const SHORT_STRING = 42;
/** Room that is not kept for the next bytes. */
const ROOM_KEPT = 64 * 1024;

const TEXT = new TextEncoder();

/** Bytes under way. */
export class Sink {
  readonly #eight = new DataView(new ArrayBuffer(8));
  #bytes = new Uint8Array(ROOM);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written; good until more is. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > ROOM_KEPT) this.#bytes = new Uint8Array(ROOM);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Small numbers are a byte; others the count of their bytes, negated, and these bytes. */
  uint(value: number | bigint): void {
    if (value <= 0x7f) {
      this.#reserve(1);
      this.#bytes[this.#length++] = Number(value);
      return;
    }
    if (typeof value === "bigint") {
      this.#eight.setBigUint64(0, value);
    } else {
      this.#eight.setUint32(0, Math.floor(value / 0x1_0000_0000));
      this.#eight.setUint32(4, value);
    }
    this.#writeEight();
  }

  /** Bit 0 says that the others are complemented. */
  int(value: number | bigint): void {
    if (typeof value === "number" && Math.abs(value) < 2 ** 52) {
      this.uint(value >= 0 ? value * 2 : -value * 2 - 1);
    } else {
      const whole = BigInt(value);
      this.uint(whole >= 0n ? whole << 1n : (~whole << 1n) | 1n);
    }
  }

  /** As an unsigned integer of the bytes in reverse: round numbers get short. */
  float(value: number): void {
    this.#eight.setFloat64(0, value, true);
    this.#writeEight();
  }

  /** A byte string: its length, then itself. */
  counted(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.raw(bytes);
  }

  string(value: string): void {
    if (value.length > SHORT_STRING) return this.counted(TEXT.encode(value));
    this.#reserve(1 + 3 * value.length);
    const target = this.#bytes.subarray(this.#length + 1);
    const { written } = TEXT.encodeInto(value, target);
    this.#bytes[this.#length] = written;
    this.#length += 1 + written;
  }

  /** The number in `#eight`, without the zeros in front. */
  #writeEight(): void {
    this.#reserve(9);
    let skipped = 0;
    while (skipped < 7 && this.#eight.getUint8(skipped) === 0) skipped++;
    const size = 8 - skipped;
    if (size > 1 || this.#eight.getUint8(7) > 0x7f) this.#bytes[this.#length++] = 0x100 - size;
    for (let i = skipped; i < 8; i++) this.#bytes[this.#length++] = this.#eight.getUint8(i);
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const room = new Uint8Array(2 * (this.#length + size));
    room.set(this.bytes);
    this.#bytes = room;
  }
}
