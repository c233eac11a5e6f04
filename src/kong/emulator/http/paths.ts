// Paths of URLs as Kong reads and writes them.
import { fromLine, type LuaString, toLine } from "../lua/bytes.ts";

/** Characters that keep their escape, as they would mean something else without it. */
const RESERVED = "!*'();:@&=+$,/?%#[]";

/**
 * A path as plugins see it: escapes of other than reserved characters are decoded, dots resolved,
 * runs of slashes one.
 */
export function normalizePath(path: string): LuaString {
  const decoded = path.replace(/%([0-9a-fA-F]{2})/g, (escape, code) => {
    const char = String.fromCharCode(parseInt(code, 16));
    return RESERVED.includes(char) ? escape.toUpperCase() : char;
  });
  return fromLine(resolveDots(decoded));
}

function resolveDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  }
  const last = segments.at(-1);
  const open = kept.length > 0 && (last === "" || last === "." || last === "..");
  return `/${kept.join("/")}${open ? "/" : ""}`;
}

/** A path as it can go out: what no URL can have is escaped, escapes that are there stay. */
export function escapePath(path: LuaString): string {
  return toLine(path).replace(
    /[^!#$&'()*+,/:;=?@[\]A-Za-z\d\-_.~%]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The path of a service and that of a request, one behind the other. */
export function joinPaths(base: string | undefined, path: string): string {
  if (!base || base === "/") return path;
  return base.endsWith("/") ? base.slice(0, -1) + path : base + path;
}

/** Path and query of a request target; of an absolute one too: its host does not count. */
export function splitTarget(target: string): { path: string; query: string } {
  const relative = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const at = relative.indexOf("?");
  const path = at < 0 ? relative : relative.slice(0, at);
  return { path: path || "/", query: at < 0 ? "" : relative.slice(at + 1) };
}
