// What becomes of a plugin whose name is taken: another name, or none.

/** Gives plugins whose name is taken another one. */
export interface KeySequencer {
  /**
   * The name to try next.
   *
   * @param name what the plugin calls itself
   * @param attempt 1 for the first
   */
  next(name: string, attempt: number): string;
  /** How many names are tried. */
  readonly attempts: number;
}

/** `name-2`, `name-3` and so on, up to 100 plugins of one name. */
export const NUMBERED_NAMES: KeySequencer = {
  next: (name, attempt) => `${name}-${attempt + 1}`,
  attempts: 99,
};

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
  if (!isTaken(name)) return name;
  for (let attempt = 1; attempt <= (sequencer?.attempts ?? 0); attempt++) {
    const other = sequencer?.next(name, attempt);
    if (other && !isTaken(other)) return other;
  }
  return undefined;
}
