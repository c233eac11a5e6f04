// A stream of MessagePack values, cut anywhere, into messages.
import { ByteQueue } from "../byte_queue.ts";
import { decode } from "./codec.ts";
import { type ValueLimits, ValueScanner } from "./scanner.ts";
import { SHORT_BYTES, SHORT_NESTING, ShortReader } from "./short_reader.ts";

/** One value of a stream. */
export interface MsgpackMessage {
  readonly value: unknown;
  /** The bytes that it was decoded from. */
  readonly bytes: Uint8Array;
}

/**
 * Takes chunks and gives messages. Bytes that were given out stay as they are, so decoded bin values
 * may point into them.
 */
export class MessageReader {
  readonly #scanner: ValueScanner;
  /** Absent where a limit is below what it takes. */
  readonly #short: ShortReader | undefined;
  readonly #queue: ByteQueue;

  /** @param queue has the bytes, where others take some of them too */
  constructor(limits: ValueLimits, queue = new ByteQueue()) {
    this.#scanner = new ValueScanner(limits);
    const fits = limits.messageBytes >= SHORT_BYTES && limits.nesting >= SHORT_NESTING;
    this.#short = fits ? new ShortReader() : undefined;
    this.#queue = queue;
  }

  /** Bytes of a message that is not complete yet. */
  get pendingBytes(): number {
    return this.#queue.size;
  }

  /** Takes a chunk, which from then on belongs to the reader. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /** What was seen of a message that is not complete counts for nothing: somebody else took it. */
  restart(): void {
    this.#scanner.restart();
  }

  /**
   * The next message, or undefined until more bytes are there.
   *
   * @throws {WireError} LIMIT, MALFORMED; the stream cannot be read on
   */
  next(): MsgpackMessage | undefined {
    const queue = this.#queue;
    if (queue.size === 0) return undefined;
    const short = this.#scanner.isAtBegin && this.#short?.read(queue.bytes, queue.begin, queue.end);
    if (short) return { value: this.#short!.value, bytes: queue.take(short) };
    const length = this.#scanner.scan(queue.bytes, queue.begin, queue.end);
    if (length === undefined) return undefined;
    const bytes = queue.take(length);
    return { value: decode(bytes), bytes };
  }
}
