// The one error of the codecs: bytes that are not what they should be, or too many of them.

/** What a codec refuses its input for. */
export type WireErrorCode = "MALFORMED" | "LIMIT";

/** Thrown by codecs. Nothing that follows on the same stream can be understood any more. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether a codec refused its input because there is too much of it. */
export function isLimit(error: unknown): error is WireError {
  return error instanceof WireError && error.code === "LIMIT";
}
