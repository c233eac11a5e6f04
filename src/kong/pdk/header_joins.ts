// Setters of headers that go out as one: what Kong's set_headers does for many of them at once.
import type { Join, JoinEntry } from "../engine/turn.ts";
import { isNil } from "./values.ts";

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
    entries: ([name, value]) =>
      isPlain(name) && !Array.isArray(value) ? [[name, value]] : undefined,
  };
}

/** Clearing one header: to nginx's Lua module that and setting it to no values are one call. */
export function clearingJoins(method: string): Join {
  return { method, entries: ([name]) => isPlain(name) ? [[name, []]] : undefined };
}

/** Setting several headers. Those without a value are left out, as Kong does. */
export function settingSeveralJoins(method: string): Join {
  const entriesOf = (headers: object): readonly JoinEntry[] | undefined => {
    const entries = Object.entries(headers).filter(([, value]) => !isNil(value));
    const names = new Set(entries.map(([name]) => name.toLowerCase()));
    const isEach = names.size === entries.length && entries.every(([name]) => isPlain(name));
    return isEach ? entries : undefined;
  };
  return { method, entries: ([headers]) => entriesOf(headers as object) };
}
