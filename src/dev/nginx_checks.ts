// What nginx refuses before Kong sees it, and with which status.
import { Buffer } from "node:buffer";
import { splitTarget } from "../kong/emulator/http/paths.ts";
import type { RequestHead } from "./incoming.ts";

/** Longest request line, and longest header line, in bytes: nginx's large_client_header_buffers. */
const LINE_BYTES = 8192;

/** Header bytes of a request that the gateway reads, so that it can say itself what is too much. */
export const HEAD_BYTES = 128 * 1024;

/**
 * The status that nginx would answer with, whatever routes and plugins there are.
 *
 * @returns undefined for a request that it passes to Kong
 */
export function nginxRefusal(head: RequestHead): number | undefined {
  const { method, target, lines, httpVersion } = head;
  if (Buffer.byteLength(target, "latin1") + method.length + " HTTP/1.1 ".length > LINE_BYTES) {
    return 414;
  }
  if (method === "TRACE" || method === "CONNECT") return 405;
  const hosts = lines.filter(([name]) => name.toLowerCase() === "host").length;
  if (hosts > 1 || (hosts === 0 && httpVersion !== "1.0")) return 400;
  const isTooLong = lines.some(([name, value]) => name.length + value.length + 2 > LINE_BYTES);
  return isTooLong || !isPathOfNginx(target) ? 400 : undefined;
}

/** Whether nginx can decode a path: whole percent-encodings, no NUL, and nothing above the root. */
function isPathOfNginx(target: string): boolean {
  const path = splitTarget(target).path.split("#")[0]!;
  if (/%(?![0-9a-f]{2})/i.test(path) || /%00/.test(path)) return false;
  let depth = 0;
  for (const segment of path.replaceAll(/%2e/gi, ".").replaceAll(/%2f/gi, "/").split("/")) {
    if (segment === "..") depth--;
    else if (segment !== "." && segment !== "") depth++;
    if (depth < 0) return false;
  }
  return true;
}
