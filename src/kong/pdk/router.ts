// kong.router: the route that the request matched, and its service.
import type { PdkCaller } from "./caller.ts";
import type { Route, Service } from "./entities.ts";
import { recordOf } from "./results.ts";

const ROUTE_MAPS = ["headers"];
const ROUTE_LISTS = ["protocols", "methods", "hosts", "paths", "snis", "sources", "destinations"]
  .concat("tags");
const SERVICE_LISTS = ["tags", "ca_certificates"];

/** `kong.router`: what the router decided. */
export class KongRouter {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The route of the request, undefined if none matched.
   *
   * Phases: access, response, log.
   */
  getRoute(): Promise<Route | undefined> {
    return this.#caller.read("kong.router.get_route", [], routeOf);
  }

  /**
   * The service of the request, undefined if it has none. Its host and port are the configured ones,
   * not those that a plugin has set.
   *
   * Phases: access, response, log.
   */
  getService(): Promise<Service | undefined> {
    return this.#caller.read("kong.router.get_service", [], serviceOf);
  }
}

function routeOf(value: unknown): Route | undefined {
  return recordOf(value, ROUTE_MAPS, ROUTE_LISTS) as Route | undefined;
}

function serviceOf(value: unknown): Service | undefined {
  return recordOf(value, [], SERVICE_LISTS) as Service | undefined;
}
