// What a route asks of a request, and whether a request is like that.
import type { EntityRecord } from "../entities.ts";
import type { HeaderLine } from "../http/header_list.ts";
import { kongRegExp } from "./kong_regexp.ts";

/** What of a request decides on its route. Text of HTTP has one character a byte. */
export interface RoutedRequest {
  readonly method: string;
  /** Normalised, without the query. */
  readonly path: string;
  /** The Host as the client sent it. */
  readonly host: string | undefined;
  readonly scheme: "http" | "https";
  /** The port that it came in by, where the Host names none. */
  readonly port: number;
  /** The name that the client asked for in the TLS handshake. */
  readonly sni?: string | undefined;
  readonly headers: readonly HeaderLine[];
}

/** What of a path was matched: its beginning, and what an expression caught. */
export interface PathMatch {
  readonly matched: string;
  /** By number from 0 on, or by name; empty for a plain path. */
  readonly captures: ReadonlyMap<number | string, string>;
}

/** Whether a request is like a route wants it; with the match of its path where it has paths. */
export type RouteCondition = (
  request: RoutedRequest,
) => { readonly path: PathMatch | undefined } | undefined;

/** A test of one thing. */
type Test = (request: RoutedRequest) => boolean;

const loose = (name: string) => name.toLowerCase().replaceAll("_", "-");

/** A text with a `*` at its beginning or its end, or none. */
function wildcard(pattern: string): (text: string) => boolean {
  if (pattern.startsWith("*")) return (text) => text.endsWith(pattern.slice(1));
  if (pattern.endsWith("*")) return (text) => text.startsWith(pattern.slice(0, -1));
  return (text) => text === pattern;
}

function splitPort(text: string): { readonly name: string; readonly port: number | undefined } {
  const at = text.indexOf(":");
  const digits = text.slice(at + 1);
  if (at < 0 || !/^\d+$/.test(digits)) return { name: text, port: undefined };
  return { name: text.slice(0, at), port: Number(digits) };
}

function hostTest(pattern: string): Test {
  const { name, port } = splitPort(pattern);
  const matches = wildcard(name);
  return (request) => {
    if (request.host === undefined) return false;
    const asked = splitPort(request.host);
    return matches(asked.name) && (port === undefined || (asked.port ?? request.port) === port);
  };
}

function headerTest(name: string, wanted: readonly string[]): Test {
  const tests = wanted.map((value) => {
    const lower = value.toLowerCase();
    if (!lower.startsWith("~*")) return (text: string) => text === lower;
    const { expression } = kongRegExp(lower.slice(2)) as { expression?: RegExp };
    return (text: string) => expression?.test(text) ?? false;
  });
  return ({ headers }) =>
    headers.some(([other, value]) =>
      loose(other) === loose(name) && tests.some((test) => test(value.toLowerCase()))
    );
}

const sniTest = (pattern: string): Test => {
  const matches = wildcard(pattern.length > 1 ? pattern.replace(/\.$/, "") : pattern);
  return ({ sni }) => sni !== undefined && matches(sni);
};

function pathMatcher(path: string): (path: string) => PathMatch | undefined {
  if (!path.startsWith("~")) {
    const match: PathMatch = { matched: path, captures: new Map() };
    return (asked) => asked.startsWith(path) ? match : undefined;
  }
  // As in Kong, only the first of several alternatives is bound to the beginning.
  const { expression } = kongRegExp(`^${path.slice(1)}`) as { expression?: RegExp };
  return (asked) => {
    const found = expression?.exec(asked);
    return found ? { matched: found[0], captures: capturesOf(found) } : undefined;
  };
}

/** Everything that an expression caught, if it has groups. */
function capturesOf(found: RegExpExecArray): PathMatch["captures"] {
  const captures = new Map<number | string, string>();
  found.forEach((text, i) => {
    if (text !== undefined) captures.set(i, text);
  });
  for (const [name, text] of Object.entries(found.groups ?? {})) {
    if (text !== undefined) captures.set(name, text);
  }
  return captures.size > 1 ? captures : new Map();
}

const any = (tests: readonly Test[]): Test => (request) => tests.some((test) => test(request));

/** Whether a field of a route asks for something. */
export function isSet(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/**
 * What a route asks for.
 *
 * @param paths those of the route that count here
 */
export function conditionOf(route: EntityRecord, paths: readonly string[]): RouteCondition {
  const tests: Test[] = [];
  const { methods, hosts, headers, snis } = route;
  if (isSet(snis)) {
    const named = any((snis as string[]).map(sniTest));
    // Without TLS the names do not count.
    tests.push((request) => request.scheme !== "https" || named(request));
  }
  if (isSet(methods)) tests.push(({ method }) => (methods as string[]).includes(method));
  if (isSet(hosts)) tests.push(any((hosts as string[]).map(hostTest)));
  if (isSet(headers)) {
    for (const [name, values] of Object.entries(headers)) tests.push(headerTest(name, values));
  }
  const matchers = paths.map(pathMatcher);
  return (request) => {
    if (!tests.every((test) => test(request))) return undefined;
    if (matchers.length === 0) return { path: undefined };
    for (const matcher of matchers) {
      const path = matcher(request.path);
      if (path) return { path };
    }
    return undefined;
  };
}
