// Whom a Host names. A web page can make its own name lead to this machine; then its requests have
// that name as their Host, and no other (DNS rebinding).
import { isIP } from "node:net";

/** What stands in a Host, or in a URL behind its scheme. */
export interface NamedHost {
  /** In lower case, an IPv6 address without brackets. */
  readonly name: string;
  /** Undefined where it is the scheme's own. */
  readonly port: number | undefined;
}

/** Reads a Host; undefined if it is none. */
export function readHost(text: string): NamedHost | undefined {
  // What else a URL may have in front of its path would hide the name.
  if (!/^[^\s/?#@\\]+$/.test(text) || !URL.canParse(`http://${text}`)) return undefined;
  const { hostname, port } = new URL(`http://${text}`);
  const name = hostname.replace(/^\[(.+)\]$/, "$1").replace(/\.$/, "").toLowerCase();
  return { name, port: port === "" ? undefined : Number(port) };
}

/** Whether a host is this machine by itself. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "::1" || host.toLowerCase() === "localhost";
}

/**
 * Whether a page of somebody else cannot go by a name: those of this machine, and addresses, which
 * nobody can make lead elsewhere.
 */
export function isOwnName(name: string): boolean {
  return isLoopback(name) || name.endsWith(".localhost") || isIP(name) !== 0;
}
