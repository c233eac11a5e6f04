// Headers as Go's net/http keeps them, and so as prox's plugins see and set them.
import type { HeaderLine, HeaderList } from "../../kong/emulator/http/header_list.ts";
import { toLine } from "../../kong/emulator/lua/bytes.ts";
import type { Headers } from "../../prox/messages.ts";
import { utf8Text } from "./go_url.ts";

/** Headers that Go's client writes by itself, whatever a plugin has set. */
const OWN_OF_REQUESTS: ReadonlySet<string> = new Set([
  "Host",
  "Content-Length",
  "Transfer-Encoding",
  "Trailer",
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A name in Go's form: a capital at the beginning and behind each `-`. */
export function canonicalName(name: string): string {
  if (!TOKEN.test(name)) return name;
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** Headers as plugins see them: of each name the first value, as UTF-8. */
export function shownHeaders(lines: readonly HeaderLine[]): Record<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of lines) {
    const canonical = canonicalName(name);
    if (!found.has(canonical)) found.set(canonical, utf8Text(value));
  }
  return Object.fromEntries(found);
}

/** Those of a request: what Go keeps elsewhere is not among them. */
export function requestHeaders(lines: readonly HeaderLine[]): Record<string, string> {
  const shown = shownHeaders(lines);
  const isChunked = shown["Transfer-Encoding"] !== undefined;
  delete shown["Host"];
  delete shown["Transfer-Encoding"];
  if (isChunked) delete shown["Content-Length"];
  if (shown["Pragma"] === "no-cache") shown["Cache-Control"] ??= "no-cache";
  return shown;
}

/** Puts a plugin's headers into a request that goes on. */
export function setRequestHeaders(list: HeaderList, headers: Headers = {}): void {
  const own = Object.entries(headers).filter(([name]) => {
    return !OWN_OF_REQUESTS.has(canonicalName(name));
  });
  setResponseHeaders(list, Object.fromEntries(own));
}

/** Puts a plugin's headers into a response. */
export function setResponseHeaders(list: HeaderList, headers: Headers = {}): void {
  for (const [name, value] of Object.entries(headers)) list.set(name, [toLine(value)]);
}
