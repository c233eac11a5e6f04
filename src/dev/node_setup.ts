// What a gateway's node is made of: the entities of kong.yml, or the one service of gibbon.dev.json.
import type { CredentialStore } from "../kong/emulator/auth/credentials.ts";
import { balancersOf } from "../kong/emulator/balancer/balancer.ts";
import { asRecord, type KongConfig, readKongConfig } from "../kong/emulator/config/kong_config.ts";
import type { EntityRecord } from "../kong/emulator/entities.ts";
import { createKongNode, type EmulatedNode, type KongLogEntry } from "../kong/emulator/node.ts";
import { Router, type RouterFlavor } from "../kong/emulator/router/router.ts";
import { DEV_CONFIG_FILE } from "./config.ts";
import { ECHO_URL } from "./echo.ts";

/** Variables of the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Entities of a configuration by their kinds. */
export interface NodeEntities extends CredentialStore {
  readonly services: readonly EntityRecord[];
  readonly routes: readonly EntityRecord[];
  readonly upstreams: readonly EntityRecord[];
  readonly targets: readonly EntityRecord[];
  readonly vaults: readonly EntityRecord[];
}

/** The entities of a configuration, as Kong's database would hold them. */
export function nodeEntities({ entities }: KongConfig): NodeEntities {
  const all = (kind: string) => entities[kind]!.map(asRecord);
  return {
    services: all("services"),
    routes: all("routes"),
    consumers: all("consumers"),
    keyAuth: all("keyauth_credentials"),
    basicAuth: all("basicauth_credentials"),
    jwt: all("jwt_secrets"),
    acls: all("acls"),
    upstreams: all("upstreams"),
    targets: all("targets"),
    vaults: all("vaults"),
  };
}

/** A node with those entities. */
export function nodeOf(
  { services, routes, consumers, upstreams, targets, vaults }: NodeEntities,
  env: Environment,
  log: (entry: KongLogEntry) => void,
): EmulatedNode {
  return createKongNode({
    // Where requests go that pass by the router: there are some where prox has the say.
    service: services[0],
    route: routes[0],
    router: new Router(routes, services, flavorOf(env)),
    balancers: balancersOf(upstreams, targets),
    consumers,
    vaults,
    env,
    log,
  });
}

function flavorOf(env: Environment): RouterFlavor {
  return env.KONG_ROUTER_FLAVOR === "traditional" ? "traditional" : "traditional_compatible";
}

/** The configuration with one service and one route that takes everything to it. */
export function simpleConfig(upstream: URL = ECHO_URL): KongConfig {
  const { protocol, hostname, port, pathname } = upstream;
  const own = protocol === "https:" ? 443 : 80;
  const service = {
    name: upstream === ECHO_URL ? "echo" : "dev",
    protocol: protocol.slice(0, -1),
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? own : Number(port),
    ...(pathname === "/" ? {} : { path: pathname }),
    routes: [{ name: "dev", paths: ["/"], strip_path: false }],
  };
  const text = JSON.stringify({ _format_version: "3.0", services: [service] });
  return readKongConfig(text, DEV_CONFIG_FILE);
}

/** The hosts that routes are for, as they are written: with a `*` at one end, or none. */
export function routedHosts({ routes }: NodeEntities): string[] {
  return routes.flatMap(({ hosts }) => (hosts ?? []) as string[])
    .map((host) => host.replace(/:\d+$/, "").toLowerCase());
}

/** What to ask a gateway for first. */
export interface TryRequest {
  readonly path: string;
  readonly method?: string;
  readonly host?: string;
}

/** A request that takes the first route whose paths, if it has any, are not all expressions. */
export function firstRequest({ routes }: NodeEntities): TryRequest {
  const plain = (route: EntityRecord) =>
    ((route.paths ?? ["/"]) as string[]).find((path) => !path.startsWith("~"));
  const route = routes.find((one) => plain(one) !== undefined);
  if (!route) return { path: "/" };
  const [method] = (route.methods ?? []) as string[];
  const [host] = (route.hosts ?? []) as string[];
  const isGet = method === undefined || (route.methods as string[]).includes("GET");
  return {
    path: plain(route)!,
    ...(isGet ? {} : { method }),
    ...(host === undefined ? {} : { host: host.replace("*", "any") }),
  };
}
