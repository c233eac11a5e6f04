// Which configuration of a plugin is for a request: the one whose scope is the narrowest.
import type { Exchange } from "./exchange.ts";
import { inKongsOrder, type PluginEntity, type PluginScope } from "./plugin_entity.ts";

/** The parts of a scope that count, the narrowest first. */
const PRECEDENCE: readonly (readonly (keyof PluginScope)[])[] = [
  ["route", "service", "consumer"],
  ["route", "consumer"],
  ["service", "consumer"],
  ["route", "service"],
  ["consumer"],
  ["route"],
  ["service"],
  [],
];

const keyOf = (scope: PluginScope, parts: readonly (keyof PluginScope)[]) =>
  JSON.stringify(parts.map((part) => [part, scope[part]]));

/** A plugin with all of its configurations. */
export interface ScopedPlugin {
  readonly name: string;
  /** What is for every request, also for those that take no route. */
  readonly everywhere: PluginEntity | undefined;
  /** What is for a request: one configuration, or none. */
  pick(exchange: Exchange): PluginEntity | undefined;
}

/** Plugins by name, in the order in which Kong runs them. */
export function byScope(entities: Iterable<PluginEntity>): ScopedPlugin[] {
  const names = new Map<string, PluginEntity[]>();
  for (const entity of inKongsOrder(entities)) {
    names.set(entity.name, [...names.get(entity.name) ?? [], entity]);
  }
  return [...names].map(([name, all]) => {
    const byKey = new Map(all.map((entity) => {
      const { scope = {} } = entity;
      const parts = PRECEDENCE[0]!.filter((part) => scope[part] !== undefined);
      return [keyOf(scope, parts), entity];
    }));
    return {
      name,
      everywhere: byKey.get(keyOf({}, [])),
      pick: (exchange) => {
        const scope = scopeOf(exchange);
        for (const parts of PRECEDENCE) {
          if (parts.some((part) => scope[part] === undefined)) continue;
          const found = byKey.get(keyOf(scope, parts));
          if (found) return found;
        }
        return undefined;
      },
    };
  });
}

function scopeOf({ route, service, consumer }: Exchange): PluginScope {
  const id = (entity: unknown) => (entity as { id?: string } | undefined)?.id;
  return { route: id(route), service: id(service), consumer: id(consumer) };
}
