// What Kong from 3.0 on asks of a plugin's version and priority: with another one it does not start.

/**
 * Whether Kong takes a version: it looks at the first digits and dots in it, which have to be one to
 * three numbers. `v1.2.3` and `1.2.3-rc1` pass.
 */
export function isKongVersion(version: string): boolean {
  const [digits = ""] = /[\d.]+/.exec(version) ?? [];
  // A dot at either end counts for nothing.
  const numbers = digits.replace(/^\.|\.$/g, "").split(".");
  return numbers.length <= 3 && !numbers.includes("");
}

/** Whether Kong takes a priority: whole numbers alone. */
export function isKongPriority(priority: unknown): priority is number {
  return Number.isInteger(priority);
}

/** What they have to be, as the end of a sentence that begins "... has to be". */
export const KONG_VERSION_KIND =
  'a string of up to three numbers, such as "1.2.0", or Kong 3 does not start';
export const KONG_PRIORITY_KIND = "a whole number, or Kong 3 does not start";
