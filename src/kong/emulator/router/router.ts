// Kong's router: from a request to the route that it takes, and to what the service is asked for.
import type { EntityRecord } from "../entities.ts";
import { namedUuid } from "../config/entity_ids.ts";
import {
  conditionOf,
  type PathMatch,
  type RouteCondition,
  type RoutedRequest,
} from "./conditions.ts";
import { comparePriorities, priorityOf } from "./priority.ts";
import { upstreamPathV0, upstreamPathV1 } from "./upstream_path.ts";

/** Kong's setting `router_flavor`. Only the older one knows `path_handling: v1`. */
export type RouterFlavor = "traditional_compatible" | "traditional";

/** The route of a request. */
export interface RouteMatch {
  readonly route: EntityRecord;
  /** Undefined where the route has none. */
  readonly service: EntityRecord | undefined;
  /** What is taken off the path, if anything is. */
  readonly prefix: string | undefined;
  readonly captures: PathMatch["captures"];
  /** The path for the service. */
  readonly upstreamPath: string;
}

/** A route with paths of one kind, for which one priority holds. */
interface RouteGroup {
  readonly id: string;
  readonly route: EntityRecord;
  readonly service: EntityRecord | undefined;
  readonly priority: readonly number[];
  readonly condition: RouteCondition;
}

/** Namespace of the ids that Kong gives to the groups of a route. */
const GROUPS = "7f145bf9-0dce-4f91-98eb-debbce4b9f6b";

const HTTP: readonly unknown[] = ["http", "https", "grpc", "grpcs"];

/** The routes of a node. */
export class Router {
  readonly #groups: readonly RouteGroup[];
  readonly #flavor: RouterFlavor;

  /**
   * @param routes with `service: { id }` where they have a service
   * @param services those that they go to; routes of a disabled service are not there
   */
  constructor(
    routes: readonly EntityRecord[],
    services: readonly EntityRecord[],
    flavor: RouterFlavor = "traditional_compatible",
  ) {
    const byId = new Map(services.map((service) => [service.id, service]));
    this.#flavor = flavor;
    this.#groups = routes.flatMap((route) => {
      const service = byId.get((route.service as EntityRecord | undefined)?.id);
      const protocols = route.protocols as readonly unknown[];
      const isServed = service?.enabled !== false && protocols.some((one) => HTTP.includes(one));
      return isServed ? groupsOf(route, service) : [];
    }).sort((a, b) => comparePriorities(a.priority, b.priority) || (a.id < b.id ? 1 : -1));
  }

  /** The route that a request takes. */
  find(request: RoutedRequest): RouteMatch | undefined {
    for (const { route, service, condition } of this.#groups) {
      const found = condition(request);
      if (found) return this.#match(request, route, service, found.path);
    }
    return undefined;
  }

  #match(
    { path }: RoutedRequest,
    route: EntityRecord,
    service: EntityRecord | undefined,
    match: PathMatch | undefined,
  ): RouteMatch {
    const stripPath = route.strip_path === true;
    const prefix = stripPath ? match?.matched : undefined;
    const base = typeof service?.path === "string" ? service.path : "/";
    const older = this.#flavor === "traditional" && route.path_handling === "v1";
    const join = older ? upstreamPathV1 : upstreamPathV0;
    return {
      route,
      service,
      prefix,
      captures: match?.captures ?? new Map(),
      upstreamPath: join({ path, prefix, stripPath, base }),
    };
  }
}

/** A route by its paths: all expressions together, and plain paths of each length. */
function groupsOf(route: EntityRecord, service: EntityRecord | undefined): RouteGroup[] {
  const paths = (route.paths ?? []) as readonly string[];
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const key = path.startsWith("~") ? 0 : path.length;
    groups.set(key, [...groups.get(key) ?? [], path]);
  }
  const own = String(route.id);
  const lists = groups.size === 0 ? [[]] : [...groups.values()];
  return lists.map((list, i) => ({
    id: lists.length === 1 ? own : namedUuid(GROUPS, `${own}#${i + 1}`),
    route,
    service,
    priority: priorityOf(route, list),
    condition: conditionOf(route, list),
  }));
}
