// A random choice that a seed repeats.

/**
 * Chooses `count` of the numbers from 1 to `of`.
 *
 * @param seed the same choice for the same one
 */
export function sample(count: number, of: number, seed: number): Set<number> {
  const numbers = Array.from({ length: of }, (_, at) => at + 1);
  const random = mulberry32(seed);
  // Fisher and Yates, as far as needed.
  for (let at = 0; at < Math.min(count, of); at++) {
    const other = at + Math.floor(random() * (of - at));
    [numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!];
  }
  return new Set(numbers.slice(0, count));
}

/** The generator of that name: small, and good enough to choose with. Numbers from 0 up to 1. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
