// The schema of a route: what it can be matched by, and what goes with its protocols.
import * as v from "valibot";
import { entity, type EntityFields, record, strictRecord } from "./entity_parts.ts";
import { kongRegExp } from "../router/kong_regexp.ts";
import * as type from "./field_types.ts";

const has = (value: unknown) => Array.isArray(value) || typeof value === "object";
const holds = (route: EntityFields, protocol: string) =>
  (route.protocols as readonly string[]).includes(protocol);

const GROUPS = [["http", "https"], ["tcp", "tls", "udp"], ["tls_passthrough"], ["grpc", "grpcs"]];

/** What of a route can be matched, by the protocol that it has. */
const MATCHED: readonly (readonly [string, readonly string[]])[] = [
  ["https", ["methods", "hosts", "headers", "paths", "snis"]],
  ["http", ["methods", "hosts", "headers", "paths"]],
  ["grpcs", ["hosts", "headers", "paths", "snis"]],
  ["grpc", ["hosts", "headers", "paths"]],
  ["tls_passthrough", ["snis"]],
  ["tcp", ["sources", "destinations", "snis"]],
  ["tls", ["sources", "destinations", "snis"]],
  ["udp", ["sources", "destinations", "snis"]],
];

const addresses = v.optional(type.list(strictRecord({
  ip: v.optional(type.text),
  port: v.optional(type.whole(0, 65_535)),
})));

/** Routes. */
export const routeSchema = entity(
  {
    name: v.optional(type.entityName),
    protocols: v.optional(type.set(type.oneOf(type.PROTOCOLS), 1), ["http", "https"]),
    methods: v.optional(type.set(v.pipe(type.text, v.regex(/^[A-Z]+$/, "invalid value")))),
    hosts: v.optional(type.list(type.routeHost)),
    paths: v.optional(type.list(type.routePath)),
    headers: v.optional(v.pipe(
      record,
      v.record(
        v.pipe(
          type.headerField,
          v.regex(
            /^(?!host$)/i,
            "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
          ),
        ),
        type.list(type.judged((value) => {
          const { error } = value.startsWith("~*")
            ? kongRegExp(value.slice(2).toLowerCase())
            : { error: undefined };
          return error === undefined ? undefined : `invalid regex: '${value.slice(2)}' (${error})`;
        })),
      ),
    )),
    snis: v.optional(type.set(type.sni)),
    sources: addresses,
    destinations: addresses,
    https_redirect_status_code: v.optional(type.oneOf([426, 301, 302, 307, 308]), 426),
    regex_priority: v.optional(type.whole(0, 2 ** 31), 0),
    strip_path: v.optional(type.flag),
    path_handling: v.optional(type.oneOf(["v0", "v1"]), "v0"),
    preserve_host: v.optional(type.flag, false),
    request_buffering: v.optional(type.flag, true),
    response_buffering: v.optional(type.flag, true),
  },
  (route) => {
    const groups = GROUPS.filter((group) => group.some((one) => holds(route, one)));
    if (groups.length < 2) return undefined;
    return `protocols: these sets are mutually exclusive: ${
      groups.map((group) => `('${group.join("', '")}')`).join(", ")
    }`;
  },
  (route) => {
    const [protocol, names] = MATCHED.find(([one]) => holds(route, one))!;
    if (names.some((name) => has(route[name]))) return undefined;
    return `must set one of '${names.join("', '")}' when 'protocols' is '${protocol}'`;
  },
  (route) => {
    const tls = ["https", "grpcs", "tls", "tls_passthrough"].some((one) => holds(route, one));
    return has(route.snis) && !tls
      ? "snis: 'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"
      : undefined;
  },
  (route) => {
    const isHttp = holds(route, "http") || holds(route, "https");
    const set = ["sources", "destinations"].find((name) => has(route[name]));
    return isHttp && set
      ? `${set}: cannot set '${set}' when 'protocols' is 'http' or 'https'`
      : undefined;
  },
  (route) => {
    const isGrpc = holds(route, "grpc") || holds(route, "grpcs");
    if (!isGrpc) return undefined;
    if (route.strip_path === true) {
      return "strip_path: cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'";
    }
    return has(route.methods)
      ? "methods: cannot set 'methods' when 'protocols' is 'grpc' or 'grpcs'"
      : undefined;
  },
);
