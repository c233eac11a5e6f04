// How Kong's entities belong together: what can stand inside of what, and what refers to what.

/** What an entity refers to: the field, and the kind of what it leads to. */
export const REFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  routes: { service: "services" },
  plugins: { service: "services", route: "routes", consumer: "consumers" },
  keyauth_credentials: { consumer: "consumers" },
  basicauth_credentials: { consumer: "consumers" },
  jwt_secrets: { consumer: "consumers" },
  acls: { consumer: "consumers" },
  targets: { upstream: "upstreams" },
};

/** References that have to be there. */
export const REQUIRED_REFERENCES: ReadonlySet<string> = new Set([
  "keyauth_credentials",
  "basicauth_credentials",
  "jwt_secrets",
  "acls",
  "targets",
]);

/** The field that names an entity, for those that others refer to. */
export const NAME_FIELDS: Readonly<Record<string, string>> = {
  services: "name",
  routes: "name",
  consumers: "username",
  upstreams: "name",
};

/** Fields whose values no two entities of a kind may have. */
export const UNIQUE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  services: ["name"],
  routes: ["name"],
  consumers: ["username", "custom_id"],
  upstreams: ["name"],
  plugins: ["instance_name"],
  keyauth_credentials: ["key"],
  basicauth_credentials: ["username"],
  jwt_secrets: ["key"],
  vaults: ["prefix"],
};

/** What makes an entity without a name the only one of its kind. */
export const CACHE_KEYS: Readonly<Record<string, readonly string[]>> = {
  plugins: ["name", "route", "service", "consumer"],
  keyauth_credentials: ["key"],
  basicauth_credentials: ["username"],
  jwt_secrets: ["key"],
  acls: ["consumer", "group"],
  targets: ["upstream", "target"],
  vaults: ["prefix"],
};

/** Entities that a configuration can have and the emulator does nothing with. */
export const IGNORED_ENTITIES: readonly string[] = [
  "acme_storage",
  "ca_certificates",
  "certificates",
  "clustering_data_planes",
  "consumer_groups",
  "filter_chains",
  "hmacauth_credentials",
  "key_sets",
  "keys",
  "licenses",
  "mtls_auth_credentials",
  "oauth2_credentials",
  "oauth2_tokens",
  "parameters",
  "partials",
  "rbac_roles",
  "sessions",
  "snis",
  "workspaces",
];

/** The kinds whose entities can stand inside of one of a kind, and the field that then refers to it. */
export function childrenOf(kind: string): (readonly [kind: string, field: string])[] {
  return Object.entries(REFERENCES).flatMap(([child, fields]) =>
    Object.entries(fields).flatMap(([field, parent]) =>
      parent === kind ? [[child, field] as const] : []
    )
  );
}
