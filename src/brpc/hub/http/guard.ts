// Who may use the HTTP API: whoever has its token; without one programs of this machine, and no web page of
// anybody else.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isLoopback, readHost } from "../../../base/hosts.ts";

/**
 * Why a request is refused. A page whose name was made to mean 127.0.0.1 shows itself by its Host,
 * and one that just sends requests here by its Origin.
 *
 * @returns undefined if nothing speaks against it
 */
export function refusalOf({ host, origin }: IncomingHttpHeaders): string | undefined {
  if (!isLocal(host ?? "")) return "the Host is not this machine";
  if (origin !== undefined && !isLocalOrigin(origin)) return "the Origin is not this machine";
  return undefined;
}

/** Whether a request shows the token: `Authorization: Bearer TOKEN`. */
export function hasToken({ authorization = "" }: IncomingHttpHeaders, token: string): boolean {
  const [, shown] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  // Of digests, which all have one length: how long it takes says nothing about the token.
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function isLocalOrigin(text: string): boolean {
  return URL.canParse(text) && isLocal(new URL(text).host);
}

function isLocal(text: string): boolean {
  const host = readHost(text);
  return host !== undefined && isLoopback(host.name);
}
