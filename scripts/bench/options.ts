// Values of the benches' own options.

/** @throws {Error} if it is none above 0: nothing would be done, and nothing shown */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option} is a number above 0`);
  return number;
}
