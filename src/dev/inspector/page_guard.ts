// Who may use the inspector: its own page, and programs of this machine. No page of anybody else.
import type { IncomingMessage } from "node:http";
import { isLoopback, readHost } from "../../base/hosts.ts";

/** A request that is refused. */
export interface GuardRefusal {
  readonly status: 403 | 421;
  readonly error: string;
  readonly remedy: string;
}

/**
 * Why a request is refused. A page whose name was made to mean 127.0.0.1 (DNS rebinding) shows itself
 * by its Host. What changes something, or tells a secret, needs an Origin, which has to be this very
 * one: other ports of this machine are others' too.
 *
 * @param port that the inspector listens on
 * @returns undefined if nothing speaks against it
 */
export function guardRefusal(
  { method, headers }: Pick<IncomingMessage, "method" | "headers">,
  port: number,
): GuardRefusal | undefined {
  const { host = "", origin } = headers;
  const named = readHost(host);
  if (!named || !isLoopback(named.name) || (named.port ?? 80) !== port) {
    return {
      status: 421,
      error: "the Host is not this machine",
      remedy: `Open http://127.0.0.1:${port}.`,
    };
  }
  const isReading = method === "GET" || method === "HEAD";
  const isOwn = origin === undefined ? isReading : origin === `http://${host}`;
  const site = headers["sec-fetch-site"];
  const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
  // A link on another page may lead to the page, and to nothing else.
  const isLink = isReading && headers["sec-fetch-mode"] === "navigate";
  if (isOwn && (!isForeign || isLink)) return undefined;
  return {
    status: 403,
    error: "the request does not come from the inspector's own page",
    remedy: `Send it from http://${host}, or with "Origin: http://${host}".`,
  };
}
