// Texts that are not UTF-8: Latin-1 in JavaScript, and the same bytes again on their way back.
import { Buffer } from "node:buffer";
import { asciiText } from "./ascii.ts";

/** Texts that are remembered; past that the oldest is forgotten. */
const MAX_TEXTS = 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text, if they are UTF-8. */
function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The texts of one conversation that came in as bytes which are not UTF-8. A string does not say what
 * it was: "é" may be a byte of Latin-1 that came in, or the author's own letter. So those that came in
 * are remembered, and nothing but the very same text goes out as Latin-1.
 */
export class ForeignTexts {
  /** Nearly always there are none. */
  #texts: Set<string> | undefined;

  /** Bytes as text: UTF-8, else Latin-1, which is then remembered. */
  readonly decode = (bytes: Uint8Array): string =>
    asciiText(bytes) ?? utf8Text(bytes) ?? this.#remember(bytes);

  /** The text of bytes that are not UTF-8, remembered; undefined for bytes that are. */
  foreign(bytes: Uint8Array): string | undefined {
    return utf8Text(bytes) === undefined ? this.#remember(bytes) : undefined;
  }

  /** Whether nothing came that is not UTF-8. */
  get isEmpty(): boolean {
    return this.#texts === undefined;
  }

  /**
   * A value with those of its texts as bytes that came as such, in objects and arrays too; the names
   * of entries stay texts. What needs no change is given back as it is.
   */
  restore(value: unknown): unknown {
    const texts = this.#texts;
    if (!texts) return value;
    if (typeof value === "string") return texts.has(value) ? latin1Bytes(value) : value;
    if (Array.isArray(value)) return value.map((item) => this.restore(item));
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    const entries = Object.entries(value).map(([name, item]) =>
      [name, this.restore(item)] as const
    );
    return Object.fromEntries(entries);
  }

  #remember(bytes: Uint8Array): string {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const texts = this.#texts ??= new Set();
    // What came again becomes the youngest.
    texts.delete(text);
    if (texts.size >= MAX_TEXTS) texts.delete(texts.values().next().value!);
    texts.add(text);
    return text;
  }
}

function latin1Bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
