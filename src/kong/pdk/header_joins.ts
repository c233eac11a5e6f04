// Setters of headers that go out as one: what Kong's set_headers does for many of them at once.
import type { Join } from "../engine/turn.ts";

/**
 * Names of which set_headers does for each exactly what the functions for one do. Of others it does
 * not: `:authority` is no header, and nginx takes underscores of the response's for dashes.
 */
const PLAIN_NAME = /^[a-z][a-z0-9-]*$/i;

/**
 * `Host` sets the name that TLS asks for too, and raises where it is a boolean; up to Kong 2.8
 * set_headers alone sets `Transfer-Encoding` of a response.
 */
const OWN_RULES: ReadonlySet<string> = new Set(["host", "transfer-encoding"]);

function isPlain(name: unknown): name is string {
  return typeof name === "string" && PLAIN_NAME.test(name) && !OWN_RULES.has(name.toLowerCase());
}

/** Setting one header. A list of values goes out by itself: before Kong 3.6 that is an error. */
export function settingJoins(method: string): Join {
  return {
    method,
    entry: ([name, value]) => isPlain(name) && !Array.isArray(value) ? [name, value] : undefined,
  };
}

/** Clearing one header: to nginx's Lua module that and setting it to no values are one call. */
export function clearingJoins(method: string): Join {
  return { method, entry: ([name]) => isPlain(name) ? [name, []] : undefined };
}
