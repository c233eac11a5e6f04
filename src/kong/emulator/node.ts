// A Kong node, acted out: what lasts longer than a request.
import { hostname } from "node:os";
import type { RingBalancer } from "./balancer/balancer.ts";
import { catchAllRoute, type EntityRecord, serviceFor } from "./entities.ts";
import type { Router } from "./router/router.ts";

/** Levels of Kong's error log, most urgent first. */
export type KongLogLevel =
  | "emerg"
  | "alert"
  | "crit"
  | "err"
  | "warn"
  | "notice"
  | "info"
  | "debug";

/** A line of Kong's error log. */
export interface KongLogEntry {
  readonly level: KongLogLevel;
  readonly message: string;
  /** The plugin that it comes from, or that it is about. */
  readonly plugin?: string | undefined;
  readonly requestId?: string | undefined;
  /** `start`: an instance could not be started. The request that needs it says so again. */
  readonly about?: "start";
}

/** How a node is set up; everything has a default. */
export interface KongNodeOptions {
  /** What requests are proxied to: the default is a service on `http://localhost`. */
  readonly service?: EntityRecord | undefined;
  readonly route?: EntityRecord | undefined;
  /** Consumers that `kong.client.load_consumer` finds. */
  readonly consumers?: readonly EntityRecord[];
  /** Finds the route of each request; without one all take `route` to `service`. */
  readonly router?: Router | undefined;
  /** The upstreams that services and `kong.service.set_upstream` find, by name. */
  readonly balancers?: ReadonlyMap<string, RingBalancer>;
  /** Vault entities: prefixes that stand for the environment. */
  readonly vaults?: readonly EntityRecord[];
  /** Addresses that `X-Forwarded-*` is believed from: single ones or ranges. */
  readonly trustedIps?: readonly string[];
  /** Bytes of a request body that Kong keeps in memory; larger ones go to a file. 8192 as in Kong. */
  readonly clientBodyBufferBytes?: number;
  /** Variables that `{vault://env/...}` reads. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Takes what Kong would write to its error log. */
  readonly log?: (entry: KongLogEntry) => void;
}

/** A Kong node. */
export interface EmulatedNode {
  readonly id: string;
  readonly clusterId: string;
  readonly hostname: string;
  readonly service: EntityRecord | undefined;
  readonly route: EntityRecord | undefined;
  readonly consumers: readonly EntityRecord[];
  readonly router: Router | undefined;
  readonly balancers: ReadonlyMap<string, RingBalancer>;
  readonly vaults: readonly EntityRecord[];
  readonly trustedIps: readonly string[];
  readonly clientBodyBufferBytes: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (entry: KongLogEntry) => void;
  /** Formats of log lines by plugin, as `kong.log.set_format` set them. */
  readonly logFormats: Map<string, string>;
  /** Plugins whose `kong.log.inspect` is off. */
  readonly mutedInspect: Set<string>;
  /** Requests so far, for `kong.nginx.get_statistics`. */
  requests: number;
}

/** Makes a node. `service: undefined` and `route: undefined` stand for a node that has none. */
export function createKongNode(options: KongNodeOptions = {}): EmulatedNode {
  const service = "service" in options ? options.service : serviceFor(new URL("http://localhost/"));
  return {
    id: "00000000-0000-4000-8000-00000000000a",
    clusterId: "00000000-0000-4000-8000-00000000000b",
    hostname: hostname(),
    service,
    route: "route" in options ? options.route : service && catchAllRoute(service),
    consumers: options.consumers ?? [],
    router: options.router,
    balancers: options.balancers ?? new Map(),
    vaults: options.vaults ?? [],
    trustedIps: options.trustedIps ?? [],
    clientBodyBufferBytes: options.clientBodyBufferBytes ?? 8192,
    env: options.env ?? {},
    log: options.log ?? (() => {}),
    logFormats: new Map(),
    mutedInspect: new Set(),
    requests: 0,
  };
}
