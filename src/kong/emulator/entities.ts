// The entities that a request meets in an acted-out Kong: one route, one service.

/** A record of Kong's database. */
export type EntityRecord = Readonly<Record<string, unknown>>;

/** Ids that never change, so that what plugins log can be compared. */
export const WORKSPACE_ID = "00000000-0000-4000-8000-000000000001";
const ROUTE_ID = "00000000-0000-4000-8000-000000000002";
const SERVICE_ID = "00000000-0000-4000-8000-000000000003";
const CREATED_AT = 1_700_000_000;

/** The service behind a URL. */
export function serviceFor(url: URL, name = "dev"): EntityRecord {
  const protocol = url.protocol === "https:" ? "https" : "http";
  const port = url.port === "" ? (protocol === "https" ? 443 : 80) : Number(url.port);
  return {
    id: SERVICE_ID,
    name,
    protocol,
    // An IPv6 address has brackets in a URL and none in Kong.
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    ...(url.pathname === "/" ? {} : { path: url.pathname }),
    enabled: true,
    retries: 5,
    connect_timeout: 60_000,
    read_timeout: 60_000,
    write_timeout: 60_000,
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    ws_id: WORKSPACE_ID,
  };
}

/** The route that every request takes: it keeps the path and goes to the service. */
export function catchAllRoute(service: EntityRecord): EntityRecord {
  return {
    id: ROUTE_ID,
    name: "dev",
    protocols: ["http", "https"],
    paths: ["/"],
    strip_path: false,
    preserve_host: false,
    path_handling: "v0",
    https_redirect_status_code: 426,
    regex_priority: 0,
    request_buffering: true,
    response_buffering: true,
    service: { id: service.id },
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    ws_id: WORKSPACE_ID,
  };
}
