// Where in a value the work is, for error messages.

/** The way from the whole value to a part of it. */
export class ValuePath {
  readonly #steps: (string | number)[] = [];

  enter(step: string | number): void {
    this.#steps.push(step);
  }

  leave(): void {
    this.#steps.pop();
  }

  /** `Functions.add.Input`; `the value` for the whole. */
  toString(): string {
    return this.#steps.length === 0 ? "the value" : this.#steps.join(".");
  }
}

/** What a value is, in a word, for error messages. */
export function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value === "number" ? `${value}` : typeof value;
  return value.constructor?.name ?? "an object";
}
