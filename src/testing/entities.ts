// Kong's entities of a test, as a declarative configuration: so that Kong's rules hold for them.
import { GibbonError } from "../base/errors.ts";
import { type KongConfig, readKongConfig } from "../kong/emulator/config/kong_config.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import type { EntityParts, TestedPlugin, TestOptions } from "./options.ts";

/** What messages call the configuration. */
const SOURCE = "the test's configuration of Kong";

/** Names of the entities that a test does not name. */
const OWN = { service: "service", route: "route", consumer: "consumer" } as const;

/**
 * Puts a configuration together.
 *
 * @param tested with the plugins that they are, in the same order
 * @throws {GibbonError} OPTION_INVALID with all that Kong would refuse
 */
export function configOf(
  options: TestOptions,
  tested: readonly TestedPlugin[],
  plugins: readonly Plugin[],
): KongConfig {
  const { consumers = [], entities = {} } = options;
  const service = { name: OWN.service, ...serviceParts(options.service) };
  const route = { name: OWN.route, service: service.name, ...routeParts(options.route) };
  const named = consumers.map((consumer, at) =>
    consumer.username === undefined && consumer.custom_id === undefined
      ? { username: at === 0 ? OWN.consumer : `${OWN.consumer}-${at + 1}`, ...consumer }
      : consumer
  );
  const { services, routes, plugins: others, consumers: more, ...rest } = entities;
  const [consumer] = named;
  const names = {
    service: service.name,
    route: route.name,
    consumer: consumer?.username ?? consumer?.id,
  };
  const own = tested.map(({ config, on }, at) => ({
    name: plugins[at]!.name,
    ...(config === undefined ? {} : { config }),
    ...(on === undefined ? {} : { [on]: names[on] ?? nobody() }),
  }));
  const text = JSON.stringify({
    _format_version: "3.0",
    services: [service, ...listOf(services)],
    routes: [route, ...listOf(routes)],
    consumers: [...named, ...listOf(more)],
    plugins: [...own, ...listOf(others)],
    ...rest,
  });
  return readKongConfig(text, SOURCE);
}

function serviceParts(service: TestOptions["service"] = "http://upstream.test"): EntityParts {
  return typeof service === "string" || service instanceof URL ? { url: String(service) } : service;
}

/** A route that says nothing to be found by is for every path. */
function routeParts(route: EntityParts = {}): EntityParts {
  const isStream = Array.isArray(route.protocols) &&
    route.protocols.some((one) => /^(?:tcp|tls|udp)/.test(String(one)));
  const says = ["paths", "hosts", "methods", "headers", "snis"].some((key) => key in route);
  if (isStream || says) return route;
  return { paths: ["/"], strip_path: false, ...route };
}

/** Left out, it would stand for everybody. */
function nobody(): never {
  throw new GibbonError("OPTION_INVALID", "there is no consumer to configure the plugin on", {
    remedy: 'Give one with a username: consumers: [{ username: "ada" }].',
  });
}

const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
