// Which hosts the gateway serves: a web page anywhere must not reach the plugins by a name of its own.
import { isOwnName, readHost } from "../base/hosts.ts";

/** What is served besides the names of this machine and addresses. */
export interface ServedHosts {
  /** The port that the gateway listens on. */
  readonly port: number;
  /** The host that it listens on, as it was given. */
  readonly host: string;
  /** Names that are allowed, on any port: those in front of a proxy or a port that is mapped. */
  readonly allowed: readonly string[];
  /** Hosts that routes of kong.yml are for; a `*` stands for anything. */
  readonly routed?: readonly string[];
}

/**
 * Why a request's Host is not served.
 *
 * @param header undefined in HTTP/1.0, which no browser speaks
 * @returns undefined if it is
 */
export function hostRefusal(
  header: string | undefined,
  { port, host, allowed, routed = [] }: ServedHosts,
): string | undefined {
  if (header === undefined) return undefined;
  const named = readHost(header);
  if (!named) return "The Host of the request is none";
  const { name } = named;
  if (allowed.some((one) => one.toLowerCase() === name)) return undefined;
  if (routed.some((pattern) => isLike(name, pattern))) return undefined;
  const isOwn = isOwnName(name) || name === host.toLowerCase();
  if (isOwn && (named.port ?? port) === port) return undefined;
  const what = isOwn ? `port ${named.port} of ${name}` : `the host ${name}`;
  return `The gateway does not serve ${what}: a page of somebody else may have sent this. If it ` +
    `should, start it with --allow-host ${name}, or put "allowHosts": ["${name}"] into ` +
    "gibbon.dev.json";
}

/** Whether a name is like a pattern with a `*` at its beginning, at its end, or none. */
function isLike(name: string, pattern: string): boolean {
  if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
  if (pattern.endsWith("*")) return name.startsWith(pattern.slice(0, -1));
  return name === pattern;
}
