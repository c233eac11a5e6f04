// Counters by a name that somebody else chose: a metric must not grow without end.

/** What stands for the names that came when there were too many already. */
export const OTHERS = "(others)";

/** What is counted by name, for so many names at most. */
export class BoundedMap<T> {
  readonly #entries = new Map<string, T>();
  readonly #most: number;
  readonly #make: () => T;

  /**
   * @param most names that are counted one by one; all others are one more
   * @param make begins one
   */
  constructor(most: number, make: () => T) {
    this.#most = most;
    this.#make = make;
  }

  /** What is counted under a name. */
  get(name: string): T {
    return this.#entries.get(name) ?? this.#add(name);
  }

  /** All of them, with their names. */
  entries(): IterableIterator<[string, T]> {
    return this.#entries.entries();
  }

  #add(name: string): T {
    const key = this.#entries.size < this.#most ? name : OTHERS;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const made = this.#make();
    this.#entries.set(key, made);
    return made;
  }
}
