// Paths of URLs as Go's net/url reads and writes them, for a gateway that does as prox does. Text has one
// character a byte, as node:http has it.
import { fromLine, toLine, toText } from "../../kong/emulator/lua/bytes.ts";

/** What Go leaves in a path that it writes; all else is escaped. */
const PLAIN = /[^A-Za-z0-9\-_.~$&+,/:;=@]/g;

/** Paths that Go sends on as they came. */
const VALID = /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/;

/**
 * A path as prox's plugins see it: all escapes are decoded, once.
 *
 * @returns undefined for a path that Go refuses
 */
export function decodePath(path: string): string | undefined {
  const bytes = unescapeBytes(path);
  return bytes === undefined ? undefined : utf8Text(bytes);
}

/** Bytes, one a character, as text; what is not UTF-8 becomes replacement characters. */
export function utf8Text(line: string): string {
  return toText(fromLine(line));
}

/** A path of a plugin's as Go writes it: every character that has a meaning in a URL is escaped. */
export function escapePluginPath(path: string): string {
  return escapeBytes(toLine(path));
}

/**
 * The path that a request goes on with when no plugin has changed it.
 *
 * @param path as it came; one that `decodePath` takes
 * @param isKept whether escapes stay that Go itself would not have written
 */
export function forwardedPath(path: string, isKept: boolean): string {
  if (isKept && VALID.test(path)) return path;
  return escapeBytes(unescapeBytes(path) ?? path);
}

function unescapeBytes(path: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(path)) return undefined;
  return path.replace(/%(..)/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

function escapeBytes(bytes: string): string {
  if (bytes === "*") return bytes;
  return bytes.replace(
    PLAIN,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
