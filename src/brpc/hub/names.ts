// What becomes of a plugin whose name is taken: another name, or none.

/** Longest name of a plugin, in characters. */
export const NAME_CHARACTERS = 200;

/** Gives plugins whose name is taken another one. */
export interface KeySequencer {
  /**
   * The name to try next.
   *
   * @param previous the name that was taken: at first what the plugin calls itself, then what this gave
   * @param attempt 1 for the first
   * @param name what the plugin calls itself
   */
  next(previous: string, attempt: number, name: string): string;
  /** How many names are tried. */
  readonly attempts: number;
}

/** `name-2`, `name-3` and so on, up to 100 plugins of one name. */
export const NUMBERED_NAMES: KeySequencer = {
  next: (_, attempt, name) => `${name}-${attempt + 1}`,
  attempts: 99,
};

/** The names to try for a plugin, in their order: what it calls itself, then what the sequencer gives. */
export function* namesToTry(
  name: string,
  sequencer: KeySequencer | undefined,
): Generator<string, void> {
  yield name;
  let previous = name;
  for (let attempt = 1; attempt <= (sequencer?.attempts ?? 0); attempt++) {
    const other = sequencer?.next(previous, attempt, name) ?? "";
    if (other === "" || other.length > NAME_CHARACTERS) return;
    yield other;
    previous = other;
  }
}

/**
 * The name that a plugin gets.
 *
 * @returns undefined if none is free
 */
export function freeName(
  name: string,
  isTaken: (name: string) => boolean,
  sequencer: KeySequencer | undefined,
): string | undefined {
  for (const one of namesToTry(name, sequencer)) if (!isTaken(one)) return one;
  return undefined;
}
