// Where Kong and a plugin server look for their socket, if nothing is said.

/** Kong's prefix, if nothing is said. */
export const DEFAULT_PREFIX = "/usr/local/kong";
/** Where Kong looks for the socket of a plugin server named gibbon. */
export const DEFAULT_NAME = "gibbon.socket";
