// Colours for a terminal, where there is one.

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A colour, or how strong a text is. */
export type Colour = keyof typeof COLOURS;

/** Gives a text a colour. */
export type Paint = (text: string, colour: Colour) => string;

/** With colours, or without any. */
export function painter(hasColours: boolean): Paint {
  return hasColours ? (text, colour) => `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : (text) => text;
}
