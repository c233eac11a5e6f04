// Kong's entities, as far as the emulator acts on them: their fields, and what belongs together.
import * as v from "valibot";
import { entity, type EntityJudge, type Fields, record } from "./entity_parts.ts";
import * as type from "./field_types.ts";
import { routeSchema } from "./route_schema.ts";

const timeout = v.optional(type.whole(1, 2 ** 31 - 2), 60_000);

const service = entity(
  {
    name: v.optional(type.entityName),
    url: v.optional(type.text),
    retries: v.optional(type.whole(0, 32_767), 5),
    protocol: v.optional(type.oneOf(type.PROTOCOLS), "http"),
    host: type.host,
    port: v.optional(type.whole(0, 65_535), 80),
    path: v.optional(type.servicePath),
    connect_timeout: timeout,
    write_timeout: timeout,
    read_timeout: timeout,
    client_certificate: v.optional(v.any()),
    tls_verify: v.optional(type.flag),
    tls_verify_depth: v.optional(type.whole(0, 64)),
    ca_certificates: v.optional(type.list(type.uuid)),
    enabled: v.optional(type.flag, true),
  },
  ({ protocol, path }) =>
    path !== undefined && protocol !== "http" && protocol !== "https"
      ? "path: value must be null"
      : undefined,
  (entity) => {
    if (entity.protocol === "https" || entity.protocol === "tls") return undefined;
    const names = ["client_certificate", "tls_verify", "tls_verify_depth", "ca_certificates"];
    const set = names.find((name) => entity[name] !== undefined);
    return set && `${set}: value must be null`;
  },
);

const consumer = entity(
  { username: v.optional(type.text), custom_id: v.optional(type.text) },
  ({ username, custom_id }) =>
    username === undefined && custom_id === undefined
      ? "at least one of these fields must be non-empty: 'custom_id', 'username'"
      : undefined,
);

const JWT_ALGORITHMS = [
  ...["HS", "RS", "ES", "PS"].flatMap((kind) => [256, 384, 512].map((bits) => `${kind}${bits}`)),
  "EdDSA",
] as const;

const upstreamOnly = Object.fromEntries(
  [
    "hash_on",
    "hash_fallback",
    "hash_on_header",
    "hash_fallback_header",
    "hash_on_cookie",
    "hash_on_cookie_path",
    "hash_on_query_arg",
    "hash_fallback_query_arg",
    "hash_on_uri_capture",
    "hash_fallback_uri_capture",
    "client_certificate",
  ].map((name) => [name, v.optional(type.text)]),
);

/** Entities by the name of their list: their fields, and the judges of the whole. */
export const ENTITY_SCHEMAS: Readonly<
  Record<string, { readonly fields: Fields; readonly judges: readonly EntityJudge[] }>
> = {
  services: service,
  routes: routeSchema,
  consumers: consumer,
  keyauth_credentials: entity({
    key: v.optional(type.text),
    ttl: v.optional(v.number("expected a number")),
  }),
  basicauth_credentials: entity({ username: type.text, password: type.text }),
  jwt_secrets: entity(
    {
      key: v.optional(type.text),
      secret: v.optional(type.text),
      rsa_public_key: v.optional(type.text),
      algorithm: v.optional(type.oneOf(JWT_ALGORITHMS), "HS256"),
    },
    ({ algorithm, rsa_public_key }) =>
      /^[RPE]/.test(String(algorithm)) && rsa_public_key === undefined
        ? "rsa_public_key: required field missing"
        : undefined,
  ),
  acls: entity({ group: type.text }),
  upstreams: entity({
    ...upstreamOnly,
    name: type.judged((name) => /^[\w.-]+$/.test(name) ? undefined : "Invalid name"),
    algorithm: v.optional(
      type.oneOf(["consistent-hashing", "least-connections", "round-robin", "latency"]),
      "round-robin",
    ),
    slots: v.optional(type.whole(10, 65_536), 10_000),
    healthchecks: v.optional(record),
    host_header: v.optional(type.hostWithPort),
    use_srv_name: v.optional(type.flag, false),
  }),
  targets: entity({ target: type.targetAddress, weight: v.optional(type.whole(0, 65_535), 100) }),
  plugins: entity({
    name: type.text,
    instance_name: v.optional(type.entityName),
    config: v.optional(v.pipe(record, v.record(v.string(), v.unknown()))),
    protocols: v.optional(type.set(type.oneOf(type.PROTOCOLS)), [...type.HTTP_PROTOCOLS]),
    enabled: v.optional(type.flag, true),
  }),
  vaults: entity({
    prefix: v.pipe(type.text, v.regex(/^[a-z][a-z\d-]*[a-z\d]$/, "invalid value")),
    name: type.text,
    description: v.optional(type.text),
    config: v.optional(v.pipe(record, v.record(v.string(), v.unknown()))),
  }),
};
