// Lua's strings are bytes: ways between them, JavaScript's text and HTTP's lines.
import { Buffer } from "node:buffer";

/** A string of Lua: text, or bytes that are not UTF-8. */
export type LuaString = string | Uint8Array;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether Lua would call a value a string. */
export function isLuaString(value: unknown): value is LuaString {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** Bytes as text if they are UTF-8, as they are if not. */
export function toLuaString(bytes: Uint8Array): LuaString {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

/** The bytes of a string. */
export function luaBytes(value: LuaString): Uint8Array {
  return typeof value === "string" ? Buffer.from(value, "utf8") : value;
}

/** A string as text; bytes that are not UTF-8 become replacement characters. */
export function toText(value: LuaString): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("utf8");
}

/**
 * A string as node:http has lines of HTTP: one character a byte (Latin-1).
 */
export function toLine(value: LuaString): string {
  return Buffer.from(luaBytes(value)).toString("latin1");
}

/** The other way round: a line of HTTP as a string of Lua. */
export function fromLine(line: string): LuaString {
  // Nothing but ASCII: the usual case.
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(line)) return line;
  return toLuaString(Buffer.from(line, "latin1"));
}
