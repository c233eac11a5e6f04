// Requests that one server passes on to another one of the same socket.
import { encode } from "../../../wire/msgpack/codec.ts";
import { positionOf } from "../../../wire/msgpack/text_bytes.ts";
import { concat } from "../../../wire/bytes.ts";
import type { PassedBy, Request } from "./messages.ts";

/** Where the arguments lie in a request. */
const ARGUMENTS = [3] as const;

/** Heads of arrays of one, two and four elements: arguments, and a request that ends with them. */
const ONE = 0x91;
const TWO = 0x92;
const FOUR = 0x94;

/**
 * A request with the word in it who passes it on, as a second argument. The rest stays as it was on
 * the wire: it may have texts that are not UTF-8.
 */
export function passedOn(request: Request, by: PassedBy): Uint8Array {
  const { bytes, messageId, method, argument } = request;
  const at = positionOf(bytes, ARGUMENTS);
  if (at === undefined || bytes[at] !== ONE || bytes[0] !== FOUR) {
    return encode([0, messageId, method, [argument, by]]);
  }
  const marked = concat([bytes, encode(by)]);
  marked[at] = TWO;
  return marked;
}
