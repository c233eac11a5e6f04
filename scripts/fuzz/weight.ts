// How much memory a decoded value takes, roughly: what came out is held against what went in.

/** What a value takes that is not in its bytes: an object, a slot, a number. In bytes. */
const SLOT = 16;

/**
 * A value's weight in bytes, with all that it is made of.
 *
 * @param most where counting stops: what is heavier weighs a little more than this
 */
export function weigh(value: unknown, most: number): number {
  const open = [value];
  let weight = 0;
  while (open.length > 0 && weight <= most) {
    const part = open.pop();
    weight += SLOT;
    if (typeof part === "string") weight += part.length;
    else if (part instanceof Uint8Array) weight += part.length;
    else if (typeof part === "object" && part !== null) open.push(...partsOf(part));
  }
  return weight;
}

/** In steps, because a call takes no argument list of a million. */
function* partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value)) yield* value;
  else if (value instanceof Map) { for (const entry of value) yield* entry; }
  else for (const [key, part] of Object.entries(value)) yield* [key, part];
}
