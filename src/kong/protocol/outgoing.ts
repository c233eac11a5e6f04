// How long a message to a gateway may be.
import { GibbonError } from "../../base/errors.ts";
import type { Limits } from "../engine/limits.ts";

/**
 * Refuses a message that is longer than what may wait for a gateway. Nobody but whoever asked for it
 * is harmed: it was not sent.
 *
 * @param bytes how long it is
 * @throws {GibbonError} LIMIT
 */
export function checkOutgoing(bytes: number, { unsentBytes }: Pick<Limits, "unsentBytes">): void {
  if (bytes <= unsentBytes) return;
  const message = `a message of ${bytes} bytes, with ${unsentBytes} allowed`;
  throw new GibbonError("LIMIT", message, {
    remedy: "Nothing was sent. Send less at once, or raise --max-unsent.",
  });
}
