// Finds the word that somebody meant.

/**
 * @param words what could have been meant
 * @returns the one that is at most two letters off; undefined if none is
 */
export function findSimilar(word: string, words: readonly string[]): string | undefined {
  const flat = (text: string) => text.toLowerCase().replaceAll("_", "");
  const [best] = words
    .map((candidate) => ({ candidate, distance: distance(flat(word), flat(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 2 ? best.candidate : undefined;
}

/** How many letters have to be added, removed or replaced (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
