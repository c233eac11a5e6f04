// Kong's entities, and other tables that the PDK gives, as types. A field that is not set is null
// or not there.

/** A reference to another entity. */
export interface EntityReference {
  readonly id: string;
}

/** What all entities have. */
export interface Entity {
  /** UUID. */
  readonly id: string;
  /** Unix seconds. */
  readonly created_at?: number | null;
  /** Unix seconds. */
  readonly updated_at?: number | null;
  readonly tags?: readonly string[] | null;
  /** UUID of the workspace. */
  readonly ws_id?: string | null;
}

/** A route: which requests go to which service. */
export interface Route extends Entity {
  readonly name?: string | null;
  readonly protocols?: readonly string[] | null;
  readonly methods?: readonly string[] | null;
  readonly hosts?: readonly string[] | null;
  /** Prefixes, or regular expressions that start with `~`. */
  readonly paths?: readonly string[] | null;
  readonly headers?: Readonly<Record<string, readonly string[]>> | null;
  readonly snis?: readonly string[] | null;
  readonly sources?: readonly IpMatch[] | null;
  readonly destinations?: readonly IpMatch[] | null;
  /** Of the expressions router. */
  readonly expression?: string | null;
  readonly priority?: number | null;
  readonly regex_priority?: number | null;
  readonly strip_path?: boolean | null;
  readonly path_handling?: "v0" | "v1" | null;
  readonly preserve_host?: boolean | null;
  readonly request_buffering?: boolean | null;
  readonly response_buffering?: boolean | null;
  readonly https_redirect_status_code?: number | null;
  readonly service?: EntityReference | null;
}

/** One end of a stream's connections. */
export interface IpMatch {
  /** An address, or a range in CIDR notation. */
  readonly ip?: string | null;
  readonly port?: number | null;
}

/** A service: where requests are proxied to. */
export interface Service extends Entity {
  readonly name?: string | null;
  readonly enabled?: boolean | null;
  readonly protocol?: string | null;
  readonly host?: string | null;
  readonly port?: number | null;
  readonly path?: string | null;
  readonly retries?: number | null;
  /** Milliseconds. */
  readonly connect_timeout?: number | null;
  /** Milliseconds. */
  readonly write_timeout?: number | null;
  /** Milliseconds. */
  readonly read_timeout?: number | null;
  readonly client_certificate?: EntityReference | null;
  readonly ca_certificates?: readonly string[] | null;
  readonly tls_verify?: boolean | null;
  readonly tls_verify_depth?: number | null;
}

/** A consumer: who makes requests. */
export interface Consumer extends Entity {
  readonly username?: string | null;
  readonly custom_id?: string | null;
}

/** A credential; what else it has depends on the plugin that it belongs to. */
export interface Credential extends Partial<Entity> {
  readonly consumer?: EntityReference | null;
  readonly consumer_id?: string | null;
  readonly key?: string | null;
  readonly [field: string]: unknown;
}

/** Memory of Kong's processes; numbers are bytes, strings have their unit: `40.00 KiB`. */
export interface MemoryStats<Size = number | string> {
  readonly lua_shared_dicts: Readonly<
    Record<string, { readonly capacity: Size; readonly allocated_slabs: Size }>
  >;
  readonly workers_lua_vms: readonly {
    readonly pid: number;
    readonly http_allocated_gc?: Size;
    /** Why there is no number. */
    readonly err?: string;
  }[];
}

/** Nginx's counters of connections and requests. */
export interface NginxStatistics {
  readonly connections_active: number;
  readonly connections_reading: number;
  readonly connections_writing: number;
  readonly connections_waiting: number;
  readonly connections_accepted: number;
  readonly connections_handled: number;
  readonly total_requests: number;
}

/** The parts of a reference to a secret in a vault. */
export interface VaultReference {
  /** The vault. */
  readonly name: string;
  readonly resource: string;
  readonly key?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly version?: number;
}

/**
 * What Kong logs of a request. Headers and query arguments are a string where there is one value, an
 * array where there are several. Streams have other parts, and plugins can add some.
 */
export interface LogRecord {
  readonly client_ip?: string;
  /** Unix milliseconds. */
  readonly started_at?: number;
  readonly request?: {
    readonly method?: string;
    readonly uri?: string;
    readonly url?: string;
    /** Bytes. */
    readonly size?: number;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly querystring?: Readonly<Record<string, unknown>>;
    readonly [part: string]: unknown;
  };
  readonly response?: {
    readonly status?: number;
    /** Bytes. */
    readonly size?: number;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly [part: string]: unknown;
  };
  /** Milliseconds. */
  readonly latencies?: Readonly<Record<string, number>>;
  readonly upstream_uri?: string;
  readonly tries?: readonly Readonly<Record<string, unknown>>[];
  readonly route?: Route;
  readonly service?: Service;
  readonly consumer?: Consumer;
  readonly authenticated_entity?: { readonly id?: string; readonly consumer_id?: string };
  readonly [part: string]: unknown;
}
