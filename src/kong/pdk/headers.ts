// Headers as plugins give them to Kong.

/** The value of a header: one, or several as strings. Arrays: since Kong 3.6 outside of maps. */
export type HeaderValue = string | number | boolean | readonly string[];

/** Headers by name. Undefined leaves one out. */
export type HeaderValues = Readonly<Record<string, HeaderValue | undefined>>;
