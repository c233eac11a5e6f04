// What a module exports, into a plugin of whichever form; or why it is none.
import { readRegularText } from "../../base/regular_file.ts";
import type { GibbonError } from "../../base/errors.ts";
import { PHASES } from "../engine/phases.ts";
import type { Plugin } from "../engine/plugin.ts";
import type { ModuleNamespace } from "../../runtime/contract.ts";
import { isDefinition } from "../pdk/definition.ts";
import { type KongJsExports, readKongJs } from "./kong_js.ts";
import { type ModuleInfo, moduleProblem } from "../../modules/module_info.ts";
import { isTellingPart, readDefinition } from "./native.ts";

/** What came of a module. Without plugin and problems it was not meant to be one. */
export interface Recognised {
  readonly plugin?: Plugin;
  readonly problems: readonly GibbonError[];
}

/**
 * Recognises a plugin:
 * - native: the default export was made by definePlugin, or is an object with the same parts;
 * - for Kong's JavaScript server: `Plugin` is among the exports, or in the default export.
 *
 * A module without any of that is a helper of others, unless something in it shows that it was
 * meant to be a plugin.
 */
export function recognise(namespace: ModuleNamespace, module: ModuleInfo): Recognised {
  const values = defaultsOf(namespace);
  const definition = values.find(isDefinition) ?? values.find(isPlainDefinition);
  if (definition) return readDefinition(definition, module);
  const exports = [namespace, ...values].find(hasPlugin);
  if (exports) return readKongJs(exports, module);
  const mistake = findMistake(namespace, values, module);
  return { problems: mistake ? [mistake] : [] };
}

/** The default export, and what compilers to CommonJS made of one. */
function defaultsOf(namespace: ModuleNamespace): unknown[] {
  const value = namespace.default;
  const { __esModule: isCompiled, default: inner } = Object(value) as Record<string, unknown>;
  return isCompiled === true ? [value, inner] : [value];
}

/** An object with the parts of a plugin that did not go through definePlugin. */
function isPlainDefinition(value: unknown): value is object {
  return typeof value === "object" && value !== null && !hasPlugin(value) &&
    Object.keys(value).some(isTellingPart);
}

function hasPlugin(value: unknown): value is KongJsExports {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    "Plugin" in value;
}

/** What shows that a module was meant to be a plugin. */
function findMistake(
  namespace: ModuleNamespace,
  values: readonly unknown[],
  module: ModuleInfo,
): GibbonError | undefined {
  const invalid = (part: string, message: string, remedy: string) =>
    moduleProblem("PLUGIN_INVALID", module, part, message, remedy);
  const named = Object.entries(namespace).find(([, value]) => isDefinition(value));
  if (named) {
    const message = `The plugin is exported as ${named[0]}, not as the default`;
    return invalid(named[0], message, "Write export default definePlugin({...}).");
  }
  const pluginClass = values.find(isPluginClass);
  if (pluginClass) {
    const message = "The default export is a class, which is no plugin by itself";
    return invalid("default", message, "Export it as Plugin, beside Version, Priority and Schema.");
  }
  const beside = ["Schema", "Priority"].find((word) =>
    [namespace, ...values].some((value) => Object.hasOwn(Object(value), word))
  );
  if (beside) {
    const message = `${beside} is exported, but no Plugin`;
    return invalid(beside, message, "Export the class with the handlers as Plugin.");
  }
  if (/\bdefinePlugin\s*\(/.test(readRegularText(module.file, Infinity))) {
    const message = "definePlugin is called, but what it gives is not exported";
    return invalid("definePlugin", message, "Write export default definePlugin({...}).");
  }
  return undefined;
}

function isPluginClass(value: unknown): boolean {
  if (typeof value !== "function") return false;
  const { prototype } = value as { prototype?: Readonly<Record<string, unknown>> };
  return PHASES.some((phase) => typeof prototype?.[phase] === "function");
}
