// What definePlugin hands to the loader: a plugin's parts, under a mark that no other module has.

/**
 * The mark of a definition. It is the same in every copy of gibbon, so that a plugin which brought
 * its own copy is recognised too.
 */
export const DEFINITION: unique symbol = Symbol.for("gibbon.definition") as never;

/** A plugin's parts as its author gave them. Nothing of them is checked; the loader does that. */
export interface DefinedParts {
  readonly [DEFINITION]: true;
  readonly [part: string]: unknown;
}

/** Whether a value was made by definePlugin. */
export function isDefinition(value: unknown): value is DefinedParts {
  return typeof value === "object" && value !== null &&
    (value as Partial<DefinedParts>)[DEFINITION] === true;
}
