// Which of two routes that both match is taken: the order of Kong's traditional_compatible router.
import type { EntityRecord } from "../entities.ts";
import { isSet } from "./conditions.ts";

/** Most headers of a route that count. */
const MOST_HEADERS = 255;

/**
 * How a route stands among others: routes that ask for more kinds of things first; then those whose
 * hosts are all plain; then more headers; expressions before plain paths; the route's regex_priority;
 * the longer path. Compared number by number, higher first.
 *
 * @param paths those of the route that count here: expressions only, or plain ones of one length
 */
export function priorityOf(route: EntityRecord, paths: readonly string[]): readonly number[] {
  const { methods, hosts, headers, snis } = route;
  const kinds = [methods, hosts, headers, snis, paths].filter(isSet).length;
  const plainHosts = Array.isArray(hosts) && !hosts.some((host) => String(host).includes("*"));
  const headerCount = isSet(headers) ? Math.min(Object.keys(headers).length, MOST_HEADERS) : 0;
  const isExpression = paths[0]?.startsWith("~") === true;
  return [
    kinds,
    Number(plainHosts),
    headerCount,
    Number(isExpression),
    isExpression ? Number(route.regex_priority ?? 0) : 0,
    isExpression ? 0 : paths[0]?.length ?? 0,
  ];
}

/** Compares two priorities: negative if the first goes before the second. */
export function comparePriorities(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = (b[i] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
}
