// A plugin as Kong's database holds it: a name, a configuration, and Kong's own keys.
import type { Phase } from "../engine/phases.ts";
import { WORKSPACE_ID } from "./entities.ts";

/** What a plugin entity is made of. */
export interface PluginParts {
  readonly name: string;
  readonly phases: readonly Phase[];
  /** Plugins with higher numbers run earlier. */
  readonly priority?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  /** UUID; one of its own for each name if it is left out. */
  readonly id?: string;
  /** Goes up with each change of the configuration. */
  readonly sequence?: number;
  /** What it is for, if it is not for every request. */
  readonly scope?: PluginScope;
  readonly instanceName?: string | undefined;
  /** Whether it is one of Kong's own, which runs without a server. */
  readonly bundled?: boolean;
}

/** Ids of what a plugin is for: requests that have to do with all of them. */
export interface PluginScope {
  readonly route?: string | undefined;
  readonly service?: string | undefined;
  readonly consumer?: string | undefined;
}

/** A plugin that is in use. */
export interface PluginEntity {
  readonly name: string;
  readonly phases: readonly Phase[];
  readonly priority: number;
  readonly id: string;
  /** The same for all configurations that this entity ever had. */
  readonly key: string;
  readonly sequence: number;
  /** What it is for; undefined for every request. */
  readonly scope?: PluginScope;
  /** Whether it is one of Kong's own, which runs without a server. */
  readonly bundled?: boolean;
  /** As Kong sends it, with Kong's own keys. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Makes a plugin entity. Without a scope it runs for every request, in every phase. */
export function pluginEntity(parts: PluginParts): PluginEntity {
  const { name, phases, priority = 0, config = {}, sequence = 1, scope = {} } = parts;
  const { route = "", service = "", consumer = "" } = scope;
  const id = parts.id ?? idFor(name);
  const key = `plugins:${name}:${route}:${service}:${consumer}::${WORKSPACE_ID}`;
  return {
    name,
    phases,
    priority,
    id,
    key,
    sequence,
    scope,
    bundled: parts.bundled ?? false,
    config: {
      ...config,
      ...(route === "" ? {} : { route_id: route }),
      ...(service === "" ? {} : { service_id: service }),
      ...(consumer === "" ? {} : { consumer_id: consumer }),
      ...(parts.instanceName === undefined ? {} : { plugin_instance_name: parts.instanceName }),
      __key__: key,
      __seq__: sequence,
      __plugin_id: id,
      __ws_id: WORKSPACE_ID,
    },
  };
}

/** The order in which Kong runs plugins: priority, and where it is the same the name, backwards. */
export function inKongsOrder(plugins: Iterable<PluginEntity>): PluginEntity[] {
  return [...plugins].sort((a, b) => b.priority - a.priority || (a.name < b.name ? 1 : -1));
}

/** A UUID that a name always gets. */
function idFor(name: string): string {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const char of name) {
    hash = BigInt.asUintN(48, (hash ^ BigInt(char.codePointAt(0)!)) * 0x100_0000_01b3n);
  }
  return `00000000-0000-4000-9000-${hash.toString(16).padStart(12, "0")}`;
}
