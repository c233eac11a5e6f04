// Errors that cross from one process to another.
import { GibbonError, isGibbonError, messageOf } from "../../../base/errors.ts";

/** An error as a message. */
export type Failure = Readonly<Record<string, unknown>> & { readonly message: string };

/** The other process is gone, and what was asked of it has no answer. */
export class PeerGone extends Error {
  override readonly name = "PeerGone";
}

/** What another process has to know of an error. */
export function toFailure(error: unknown): Failure {
  if (!isGibbonError(error)) return { message: messageOf(error) };
  const { code, message, plugin, phase, file, remedy } = error;
  return { code, message, plugin, phase, file, remedy };
}

/** The error again. */
export function fromFailure({ code, message, ...details }: Failure): Error {
  if (code === undefined || code === null) return new Error(message);
  // What is undefined travels as null.
  const given = Object.entries(details).filter(([, value]) => value !== null);
  return new GibbonError(code as GibbonError["code"], message, Object.fromEntries(given));
}
