// A plugin written for Kong's JavaScript server: what its module exports, into a plugin.
import { GibbonError } from "../../base/errors.ts";
import { type Phase, PHASES, UNSERVED_PHASES } from "../engine/phases.ts";
import type { Handler, Plugin, SchemaField } from "../engine/plugin.ts";
import { inWords, type ModuleInfo, moduleProblem } from "../../modules/module_info.ts";
import { isPluginName } from "../../modules/names.ts";
import {
  isKongPriority,
  isKongVersion,
  KONG_PRIORITY_KIND,
  KONG_VERSION_KIND,
} from "./kong_rules.ts";
import { phaseProblem } from "./phase_problems.ts";
import { checkFields } from "../schema/declared.ts";

/** What such a module exports. */
export interface KongJsExports {
  readonly Plugin: unknown;
  readonly Name?: unknown;
  readonly Schema?: unknown;
  readonly Version?: unknown;
  readonly Priority?: unknown;
}

type PluginClass = new (config: unknown) => object;
type Methods = Readonly<Record<string, (kong: unknown) => unknown>>;

/**
 * Makes a plugin of such exports, as that server does: handlers are the methods of the class, the
 * name is in lower case, a configuration reaches the class as Kong sent it. A phase that Kong never
 * calls is said, but does not keep a plugin from being loaded that ran so far.
 */
export function readKongJs(
  exports: KongJsExports,
  found: ModuleInfo,
): { readonly plugin?: Plugin; readonly problems: readonly GibbonError[] } {
  const name = String(exports.Name || found.name).toLowerCase();
  const module = { ...found, name };
  const problems = check(exports, module);
  if (problems.length > 0) return { problems };
  const Plugin = exports.Plugin as PluginClass;
  const handlers = PHASES.filter((phase) => hasMethod(Plugin, phase)).map(toHandler);
  const plugin: Plugin = {
    name,
    version: versionOf(exports),
    priority: Number(exports.Priority ?? 0),
    handlers: new Map(handlers),
    schema: (exports.Schema ?? []) as readonly SchemaField[],
    file: found.file,
    realFile: found.realFile,
    modifiedAt: found.modifiedAt,
    loadedAt: found.loadedAt,
    dialect: "kong-js",
    onError: "fail",
    deadline: undefined,
    configure: (raw) => raw,
    start: (config) => new Plugin(config),
    stop: () => undefined,
  };
  const unserved = UNSERVED_PHASES.filter((phase) => hasMethod(Plugin, phase));
  const consequence = "The plugin is loaded without it.";
  return {
    plugin,
    problems: unserved.map((phase) => phaseProblem(module, phase, phase, consequence)),
  };
}

function versionOf({ Version }: KongJsExports): string {
  return String(Version ?? "0.1.0");
}

function check(exports: KongJsExports, module: ModuleInfo): GibbonError[] {
  const { Plugin, Schema, Version, Priority } = exports;
  const invalid = (part: string, value: unknown, kind: string) =>
    moduleProblem(
      "PLUGIN_INVALID",
      module,
      part,
      `${part} has to be ${kind}, and it is ${inWords(value)}`,
      `Correct ${part}.`,
    );
  const found: GibbonError[] = [];
  if (typeof Plugin !== "function") {
    found.push(invalid("Plugin", Plugin, "a class"));
  } else if (!PHASES.some((phase) => hasMethod(Plugin, phase))) {
    const remedy = `Give the class at least one method of ${PHASES.join(", ")}.`;
    found.push(
      moduleProblem("PLUGIN_INVALID", module, "Plugin", "The plugin has no handler", remedy),
    );
  }
  if (!isPluginName(module.name)) {
    found.push(invalid("Name", module.name, "a string of letters, digits, _, - and ."));
  }
  const isText = ["string", "number", "undefined"].includes(typeof Version);
  if (!isText || !isKongVersion(versionOf(exports))) {
    found.push(invalid("Version", Version, KONG_VERSION_KIND));
  }
  if (!isKongPriority(Number(Priority ?? 0))) {
    found.push(invalid("Priority", Priority, KONG_PRIORITY_KIND));
  }
  const problem = schemaProblem(Schema ?? [], module);
  return problem ? [...found, problem] : found;
}

/** The schema is Kong's own language already. */
function schemaProblem(schema: unknown, module: ModuleInfo): GibbonError | undefined {
  try {
    checkFields(schema, "Schema");
    return undefined;
  } catch (error) {
    if (!(error instanceof GibbonError)) throw error;
    return moduleProblem(error.code, module, "Schema", error.message, error.remedy ?? "");
  }
}

/** Methods of classes that it extends count too. */
function hasMethod(Plugin: unknown, phase: string): boolean {
  const { prototype } = Plugin as { prototype?: Methods };
  return typeof prototype?.[phase] === "function";
}

function toHandler(phase: Phase): [Phase, Handler] {
  return [phase, (kong: unknown, _config: unknown, state: Methods) => state[phase]?.(kong)];
}
