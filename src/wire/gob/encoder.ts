// The writing end of a gob stream: described values in, bytes out.
import { registry } from "./registry.ts";
import { Sink } from "./sink.ts";
import { TypeIds } from "./type_ids.ts";
import type { Description, GobType } from "./types.ts";
import { ValueWriter } from "./value_writer.ts";

/** How an encoder is set up. */
export interface GobEncoderOptions {
  /**
   * Types of what interfaces hold, by the names that the other side has given to `gob.Register`;
   * Go's basic types and slices of them are known.
   */
  readonly register?: Readonly<Record<string, Description>>;
}

/**
 * Encodes one gob stream. Definitions of types go out with the first value that needs them, so
 * everything that `encode` returns has to reach the other side, in order.
 *
 * Unlike Go's encoder it writes all definitions ahead of a value, also those of types that only an
 * interface inside of it shows; Go's decoder takes both.
 */
export class GobEncoder {
  readonly #ids = new TypeIds();
  readonly #definitions = new Sink();
  readonly #body = new Sink();
  readonly #writer: ValueWriter;

  constructor(options: GobEncoderOptions = {}) {
    this.#writer = new ValueWriter(
      (type) => this.#ids.define(this.#definitions, type),
      registry(options.register),
    );
  }

  /**
   * The bytes of one more value.
   *
   * @throws {TypeError} where the value is not of its type, or contains itself; nothing is sent then
   */
  encode<T>(type: GobType<T>, value: T): Uint8Array {
    this.#body.clear();
    this.#body.int(this.#ids.define(this.#definitions, type));
    this.#writer.whole(this.#body, type, value);
    // Definitions stay here if writing the value throws, and go out with the next one.
    this.#definitions.counted(this.#body.bytes);
    const bytes = this.#definitions.bytes.slice();
    this.#definitions.clear();
    return bytes;
  }
}
