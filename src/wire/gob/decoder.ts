// The reading end of a gob stream: chunks of bytes in, values out.
import { WireError } from "../wire_error.ts";
import { GOB_LIMITS, type GobLimits } from "./limits.ts";
import { MessageBuffer } from "./message_buffer.ts";
import { type GobMessage, Source } from "./source.ts";
import { ValueReader } from "./value_reader.ts";
import { WireTypes } from "./wire_types.ts";

/** A value that came in. */
export interface GobItem {
  /** What the sender calls its type; "" for types without a name and for basic ones. */
  readonly typeName: string;
  /** See {@link GobDecoder}. */
  readonly value: unknown;
}

/** How often a value that comes in many messages may be begun again, in bytes of the longest one. */
const BEGIN_AGAIN = 16;

/** Not an error: the value goes on in a message that is not there yet. */
const UNFINISHED = Symbol("unfinished");

/**
 * Decodes one gob stream. It needs no types: gob describes itself. Values come as
 *
 * | Go | here |
 * |---|---|
 * | bool, string, floats | boolean, string, number |
 * | integers | number, or bigint past 2^53 |
 * | complex | `{ re, im }` |
 * | []byte | Uint8Array |
 * | slice, array | array |
 * | map | Map, whatever its keys are |
 * | struct | object with the fields that are not zero |
 * | interface | null, or `{ name, value }` with the name that its type is registered under |
 * | a type with an encoding of its own, time.Time too | Uint8Array |
 *
 * `fit` makes a described type of that. After a `WireError` from `next` the stream is at its end.
 */
export class GobDecoder {
  readonly #limits: GobLimits;
  readonly #buffer: MessageBuffer;
  readonly #source = new Source();
  readonly #types: WireTypes;
  readonly #reader: ValueReader;
  /** The messages of the value under way, and how many of them have been loaded. */
  readonly #messages: GobMessage[] = [];
  #loaded = 0;
  #bytes = 0;
  /** Types that the value under way has defined. */
  readonly #defined: number[] = [];
  #bytesAgain = 0;
  #failure: WireError | undefined;

  /** @param limits those that differ from `GOB_LIMITS` */
  constructor(limits: Partial<GobLimits> = {}) {
    this.#limits = { ...GOB_LIMITS, ...limits };
    this.#buffer = new MessageBuffer(this.#limits.messageBytes);
    this.#types = new WireTypes(this.#limits);
    this.#reader = new ValueReader({
      source: this.#source,
      types: this.#types,
      limits: this.#limits,
      nextMessage: () => this.#load(),
      defined: (id) => this.#defined.push(id),
    });
  }

  /**
   * Adds bytes, cut anywhere. They are copied, and kept until `next` has taken them: call it until
   * it has no more.
   */
  push(chunk: Uint8Array): void {
    if (this.#failure === undefined) this.#buffer.push(chunk);
  }

  /**
   * The next value, undefined while it is incomplete.
   *
   * @throws {WireError} from then on always
   */
  next(): GobItem | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#next();
    } catch (error) {
      if (error === UNFINISHED) return this.#beginAgain();
      if (error instanceof WireError) this.#failure = error;
      throw error;
    }
  }

  #next(): GobItem | undefined {
    if (this.#messages.length > 0 && !this.#fetch()) return undefined;
    for (;;) {
      if (this.#messages.length === 0 && !this.#fetch()) return undefined;
      this.#load();
      const id = this.#source.int();
      const item = id < 0 ? this.#reader.define(-id) : this.#item(Number(id));
      if (this.#source.left > 0) throw this.#source.error("MALFORMED", "bytes behind a value");
      this.#done();
      if (item) return item;
    }
  }

  #item(id: number): GobItem {
    return { typeName: this.#types.get(id)?.name ?? "", value: this.#reader.whole(id) };
  }

  /** Goes on with the next message of the value, out of the buffer if need be. */
  #load(): void {
    const message = this.#messages[this.#loaded] ?? this.#fetch();
    if (message === undefined) throw UNFINISHED;
    this.#loaded++;
    this.#source.load(message);
  }

  #fetch(): GobMessage | undefined {
    const message = this.#buffer.take();
    if (message === undefined) return undefined;
    this.#messages.push(message);
    this.#bytes += message.bytes.length;
    if (this.#bytes > this.#limits.messageBytes) this.#refuse();
    return message;
  }

  #done(): void {
    this.#messages.length = 0;
    this.#loaded = 0;
    this.#bytes = 0;
    this.#defined.length = 0;
    this.#bytesAgain = 0;
  }

  /**
   * A value's rest is still to come: forgets what has been read of it, to read it again when there
   * is more. That happens only where an interface shows a type for the first time.
   */
  #beginAgain(): undefined {
    for (const id of this.#defined) this.#types.forget(id);
    this.#defined.length = 0;
    this.#loaded = 0;
    this.#bytesAgain += this.#bytes;
    if (this.#bytesAgain > BEGIN_AGAIN * this.#limits.messageBytes) this.#refuse();
    // The buffer's bytes are good only until the next push.
    this.#messages.forEach(({ bytes, offset }, i) => {
      this.#messages[i] = { bytes: bytes.slice(), offset };
    });
  }

  #refuse(): never {
    this.#failure = this.#source.error("LIMIT", "a value in too many messages");
    throw this.#failure;
  }
}
