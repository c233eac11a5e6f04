// What a runtime says when it cannot do something at all, whatever it is given.

/** The runtime cannot do this here. The message says which and why, as the end of a sentence. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}
