// What is kept of a body: its beginning.
import { Buffer } from "node:buffer";

/** How much is kept of a body, in bytes. */
export const KEPT_BODY_BYTES = 64 * 1024;

/** A body's beginning, and how long it was. */
export class KeptBody {
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** How many bytes it has, or had so far. */
  bytes = 0;

  /** Takes in what comes next. The bytes stay their owner's. */
  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    const room = KEPT_BODY_BYTES - this.#keptBytes;
    if (room <= 0) return;
    const part = Uint8Array.from(chunk.subarray(0, room));
    this.#kept.push(part);
    this.#keptBytes += part.length;
  }

  /** Whether not all of it is kept. */
  get isCut(): boolean {
    return this.bytes > this.#keptBytes;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** What is kept, in one piece. */
  get kept(): Uint8Array {
    if (this.#kept.length > 1) this.#kept = [Buffer.concat(this.#kept)];
    return this.#kept[0] ?? new Uint8Array(0);
  }

  /** What is kept as text; undefined if it is none. */
  get text(): string | undefined {
    // A character may be cut in two at the end.
    for (let less = 0; less < 4; less++) {
      try {
        const { kept } = this;
        return new TextDecoder("utf-8", { fatal: true }).decode(
          kept.subarray(0, kept.length - less),
        );
      } catch {
        if (!this.isCut) return undefined;
      }
    }
    return undefined;
  }
}

/** A body that is there whole. */
export function keptBody(bytes: Uint8Array): KeptBody {
  const body = new KeptBody();
  body.add(bytes);
  return body;
}
