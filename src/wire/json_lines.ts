// Lines of text, cut anywhere, and JSON values one to a line.
import { concat } from "./bytes.ts";

/** One line of a stream. */
export interface Line {
  /** The line without its end; what is not UTF-8 becomes replacement characters. */
  readonly text: string;
  /** The line was longer than allowed: `text` is its beginning, the rest was thrown away. */
  readonly isCut: boolean;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Takes chunks and gives lines. A line that is too long does not stop those behind it. */
export class LineReader {
  readonly #maxBytes: number;
  #lines: Line[] = [];
  #given = 0;
  /** Pieces of the line that has no end yet; `maxBytes` of it at most. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isCut = false;

  /** @param maxBytes longest line, in bytes, without its end */
  constructor({ maxBytes }: { readonly maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes kept of a line that has no end yet. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Takes a chunk, which from then on belongs to the reader. */
  push(chunk: Uint8Array): void {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      this.#keep(chunk.subarray(begin, end));
      this.#finish();
      begin = end + 1;
    }
    this.#keep(chunk.subarray(begin));
  }

  /** The next line, or undefined until more bytes are there. */
  next(): Line | undefined {
    const line = this.#lines[this.#given++];
    if (line) return line;
    this.#lines = [];
    this.#given = 0;
    return undefined;
  }

  /** What stands behind the last line's end, once the stream is over; undefined if nothing does. */
  rest(): Line | undefined {
    if (this.#bytes > 0) this.#finish();
    return this.next();
  }

  #keep(piece: Uint8Array): void {
    const room = this.#maxBytes - this.#bytes;
    if (piece.length > room) this.#isCut = true;
    const kept = piece.subarray(0, room);
    if (kept.length === 0) return;
    // A stream of tiny pieces must not cost an object each.
    const last = this.#pieces.at(-1);
    if (last && last.length + kept.length <= 4096) {
      this.#pieces[this.#pieces.length - 1] = concat([last, kept]);
    } else this.#pieces.push(kept);
    this.#bytes += kept.length;
  }

  #finish(): void {
    let bytes = concat(this.#pieces);
    if (!this.#isCut && bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    this.#lines.push({ text: decoder.decode(bytes), isCut: this.#isCut });
    this.#pieces = [];
    this.#bytes = 0;
    this.#isCut = false;
  }
}

/** A value as a line of JSON, with its end. */
export function jsonLine(value: unknown): Uint8Array {
  return encoder.encode(`${JSON.stringify(value)}\n`);
}
