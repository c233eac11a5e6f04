// The types of fields that Kong's entities share, with Kong's own words for what they do not take.
import { isIP } from "node:net";
import * as v from "valibot";
import { fromLine, toLine } from "../lua/bytes.ts";
import { normalizePath } from "../http/paths.ts";
import { kongRegExp } from "../router/kong_regexp.ts";

/** The protocols of Kong. */
export const PROTOCOLS = [
  "grpc",
  "grpcs",
  "http",
  "https",
  "tcp",
  "tls",
  "tls_passthrough",
  "udp",
] as const;

/** Those that Kong serves by its HTTP side. */
export const HTTP_PROTOCOLS = ["grpc", "grpcs", "http", "https"] as const;

/** What is wrong with a value, or nothing. */
type Judge = (value: string) => string | undefined;

/** A text that a function has nothing against. */
export function judged(judge: Judge) {
  return v.pipe(
    v.string("expected a string"),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? judge(dataset.value) : undefined;
      if (message !== undefined) addIssue({ message });
    }),
  );
}

export const text = v.string("expected a string");
export const flag = v.boolean("expected a boolean");

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const message = `value should be between ${least} and ${most}`;
  return v.pipe(
    v.number("expected an integer"),
    v.integer("expected an integer"),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

/** One of some words. */
export function oneOf<const Words extends readonly (string | number)[]>(words: Words) {
  return v.picklist(words, `expected one of: ${words.join(", ")}`);
}

/** A list. */
export function list<const Item extends v.GenericSchema>(item: Item) {
  return v.array(item, "expected an array");
}

/** A list in which nothing stands twice. */
export function set<const Item extends v.GenericSchema>(item: Item, least = 0) {
  return v.pipe(
    v.array(item, "expected a set"),
    v.minLength(least, `length must be at least ${least}`),
    v.transform((values: unknown[]) => [...new Set(values)]),
  );
}

export const uuid = v.pipe(
  text,
  v.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "expected a valid UUID"),
);

export const timestamp = v.pipe(v.number("expected an integer"), v.integer("expected an integer"));

export const entityName = judged((name) =>
  /^[\w.\-~\u0080-\u{10ffff}]+$/u.test(name)
    ? undefined
    : `invalid value '${name}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`
);

export const tags = set(
  judged((tag) =>
    /^[ !-+\-.0-~\u0080-\u{10ffff}]+$/u.test(tag)
      ? undefined
      : `invalid tag '${tag}': expected printable ascii (except \`,\` and \`/\`) or valid utf-8 sequences`
  ),
);

/** Whether a text is a name or an address of a host. */
function isHost(name: string): boolean {
  if (isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0) return true;
  if (/^[\d.]+$/.test(name) || !/^[\w.-]+$/.test(name)) return false;
  const segments = name.split(".");
  return segments.every((segment, i) =>
    segment === "" ? i === segments.length - 1 && i > 0 : !segment.endsWith("-")
  );
}

/** A host with a port behind it or none, in parts. */
function hostAndPort(value: string): { host: string; port: number | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(value);
  return match ? { host: match[1]!, port: Number(match[2]) } : { host: value, port: undefined };
}

export const host = judged((value) => {
  const { host, port } = hostAndPort(value);
  if (!isHost(host)) return `invalid value: ${value}`;
  return port === undefined ? undefined : "must not have a port";
});

const badHostAndPort: Judge = (value) => {
  const { host, port } = hostAndPort(value);
  if (!isHost(host)) return `invalid hostname: ${value}`;
  return port !== undefined && port > 65_535 ? "invalid port number" : undefined;
};

export const hostWithPort = judged(badHostAndPort);

export const targetAddress = judged((value) =>
  badHostAndPort(value) === undefined
    ? undefined
    : `Invalid target ('${value}'); not a valid hostname or ip address`
);

export const routeHost = judged((value) => {
  if (value.split("*").length > 2) return "invalid wildcard: must have at most one wildcard";
  if (value.includes("*") && !/^\*\.|\.\*(?::\d+)?$/.test(value)) {
    return "invalid wildcard: must be placed at leftmost or rightmost label";
  }
  return badHostAndPort(value.replace("*", "abc"));
});

export const sni = judged((value) => {
  const at = value.indexOf("*");
  if (at > 0 && at < value.length - 1) return "wildcard must be leftmost or rightmost character";
  const { host, port } = hostAndPort(value.replace("*", "wildcard"));
  if (port !== undefined) return "must not have a port";
  if (!isHost(host)) return `invalid value: ${value}`;
  return isIP(host) === 0 ? undefined : "must not be an IP";
});

export const headerField = judged((name) =>
  /^[\w-]+$/.test(name)
    ? undefined
    : `bad header name '${name}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`
);

/** What is wrong with the percent signs of a path. */
function badEscape(path: string): string | undefined {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(path)?.[0];
  return bad === undefined ? undefined : `invalid url-encoded value: '${bad}'`;
}

export const servicePath = judged((value) => {
  if (!value.startsWith("/")) return "should start with: /";
  if (value.includes("//")) return "must not have empty segments";
  if (!/^\/[\w.\-~/%:@!$&'()*+,;=]*$/.test(value)) {
    return `invalid path: '${value}' (characters outside of the reserved list of RFC 3986 found)`;
  }
  return badEscape(value);
});

export const routePath = judged((value) => {
  if (!/^~?\//.test(value)) return "should start with: / (fixed path) or ~/ (regex path)";
  if (value.includes("//")) return "must not have empty segments";
  const escape = badEscape(value);
  if (!value.startsWith("~")) {
    if (escape !== undefined) return escape;
    const normal = String(fromLine(toLine(normalizePath(toLine(value)))));
    return normal === value ? undefined : `non-normalized path, consider use '${normal}' instead`;
  }
  const { error } = kongRegExp(value.slice(1));
  return error === undefined ? undefined : `invalid regex: '${value.slice(1)}' (${error})`;
});
