// PDK calls as frames of ProtoBuf:1, and what comes back.
import { GibbonError, messageOf } from "../../../base/errors.ts";
import type { ReadContext } from "./values.ts";
import { findFunction } from "./functions.ts";

/** A PDK call to be sent. */
export interface OutgoingCall {
  readonly method: string;
  /** Name and arguments, each for a frame of its own. */
  readonly messages: readonly [Uint8Array, Uint8Array];
  /**
   * Reads Kong's answer.
   *
   * @returns the result, or a promise of it
   * @throws {GibbonError} PDK_FAILED; its message leaves out which function it is
   */
  read(answer: Uint8Array, context: ReadContext): unknown;
}

/**
 * Encodes a call.
 *
 * @param plugin the name of the plugin that makes it
 * @throws {GibbonError} PDK_FAILED for a function that ProtoBuf:1 cannot carry, PDK_ARGUMENT for
 * arguments that it cannot carry; the message leaves out which function it is
 */
export function encodeCall(
  method: string,
  args: readonly unknown[],
  plugin?: string,
): OutgoingCall {
  const { name, args: encode, result } = findFunction(method);
  const encoded = orFail(
    "PDK_ARGUMENT",
    "its arguments cannot be sent",
    () => encode(args, plugin),
  );
  return {
    method,
    messages: [name, encoded],
    read: (answer, context) =>
      orFail("PDK_FAILED", "Kong's answer cannot be read", () => result(answer, args, context)),
  };
}

/** What a codec throws becomes an error of the call. */
function orFail<T>(code: "PDK_ARGUMENT" | "PDK_FAILED", what: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    if (error instanceof GibbonError) throw error;
    throw new GibbonError(code, `${what}: ${messageOf(error)}`);
  }
}
