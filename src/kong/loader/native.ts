// A definition, as definePlugin gives it, into a plugin: every part checked.
import { GibbonError } from "../../base/errors.ts";
import { type Phase, PHASES } from "../engine/phases.ts";
import type { Handler, Plugin } from "../engine/plugin.ts";
import { inWords, type ModuleInfo, moduleProblem } from "../../modules/module_info.ts";
import { isPluginName } from "../../modules/names.ts";
import {
  isKongPriority,
  isKongVersion,
  KONG_PRIORITY_KIND,
  KONG_VERSION_KIND,
} from "./kong_rules.ts";
import { phaseProblem, unservedPhase } from "./phase_problems.ts";
import { configParser, toKongSchema } from "../schema/schema.ts";
import { isSchema } from "../../modules/valibot/schema.ts";
import { findSimilar } from "../../modules/similar.ts";

/** What definitions that say no version have. */
const DEFAULT_VERSION = "0.1.0";

/** What a part of a definition has to be. */
interface Part {
  readonly isRight: (value: unknown) => boolean;
  /** The end of a sentence that begins "... has to be". */
  readonly kind: string;
}

const FUNCTION: Part = { isRight: (value) => typeof value === "function", kind: "a function" };

const PARTS: Readonly<Record<string, Part>> = {
  name: { isRight: isName, kind: "a string of letters, digits, _, - and ." },
  version: {
    isRight: (value) => typeof value === "string" && isKongVersion(value),
    kind: KONG_VERSION_KIND,
  },
  priority: { isRight: isKongPriority, kind: KONG_PRIORITY_KIND },
  config: {
    isRight: isSchema,
    kind: 'a valibot schema: v.object({...}), with import * as v from "valibot"',
  },
  onError: {
    isRight: (value) => value === "fail" || value === "continue",
    kind: '"fail" or "continue"',
  },
  deadline: {
    isRight: (value) => Number.isFinite(value) && (value as number) > 0,
    kind: "a number of milliseconds, more than 0",
  },
  // Looked at where the module is imported.
  allowPatches: { isRight: () => true, kind: "true, or a list of names" },
  cache: { isRight: (value) => typeof value === "boolean", kind: "true or false" },
  init: FUNCTION,
  close: FUNCTION,
  ...Object.fromEntries(PHASES.map((phase) => [phase, FUNCTION])),
};

/** A definition whose parts are right. */
type Checked =
  & { readonly [phase in Phase]?: Handler }
  & Partial<Pick<Plugin, "version" | "priority" | "onError" | "deadline" | "cache">>
  & {
    readonly config?: Parameters<typeof toKongSchema>[0];
    init?(config: unknown): unknown;
    close?(state: unknown): unknown;
  };

function isName(value: unknown): value is string {
  return typeof value === "string" && isPluginName(value);
}

/** Parts that modules export which are no plugins. */
const COMMON_WORDS = ["name", "version", "cache"];

/** Whether a word is a part of definitions and of nothing else that a module may export. */
export function isTellingPart(word: string): boolean {
  return !COMMON_WORDS.includes(word) &&
    (Object.hasOwn(PARTS, word) || unservedPhase(word) !== undefined);
}

/**
 * Makes a plugin of a definition. One with a mistake is not loaded at all: what is left of it could
 * be less than what guards a service.
 */
export function readDefinition(
  definition: object,
  found: ModuleInfo,
): { readonly plugin?: Plugin; readonly problems: readonly GibbonError[] } {
  const { name: declared } = definition as { readonly name?: unknown };
  // Errors go by the name by which people look for the plugin.
  const module = isName(declared) ? { ...found, name: declared } : found;
  const parts = Object.entries(definition).filter(([, value]) => value !== undefined);
  const problems = parts.flatMap(([word, value]) => checkPart(word, value, module) ?? []);
  if (problems.length === 0) problems.push(...checkWhole(parts.map(([word]) => word), module));
  if (problems.length > 0) return { problems };
  try {
    return { plugin: toPlugin(definition as Checked, module), problems };
  } catch (error) {
    if (!(error instanceof GibbonError)) throw error;
    const { code, message, remedy = "" } = error;
    return { problems: [moduleProblem(code, module, "config", message, remedy)] };
  }
}

function checkPart(word: string, value: unknown, module: ModuleInfo): GibbonError | undefined {
  const part = Object.hasOwn(PARTS, word) ? PARTS[word] : undefined;
  if (part) {
    if (part.isRight(value)) return undefined;
    const message = `${word} has to be ${part.kind}, and it is ${inWords(value)}`;
    return moduleProblem(
      "PLUGIN_INVALID",
      module,
      word,
      message,
      `Correct ${word}, or leave it out.`,
    );
  }
  const phase = unservedPhase(word);
  if (phase) return phaseProblem(module, word, phase, "The plugin is not loaded.");
  const similar = findSimilar(word, Object.keys(PARTS));
  return moduleProblem(
    "PLUGIN_INVALID",
    module,
    word,
    `${word} is no part of a plugin`,
    similar ? `Call it ${similar}.` : `Remove it. The parts are ${Object.keys(PARTS).join(", ")}.`,
  );
}

function checkWhole(words: readonly string[], module: ModuleInfo): GibbonError[] {
  const found: GibbonError[] = [];
  if (!PHASES.some((phase) => words.includes(phase))) {
    const remedy = `Give it at least one of ${PHASES.join(", ")}.`;
    const message = "The plugin has no handler";
    found.push(moduleProblem("PLUGIN_INVALID", module, "definePlugin", message, remedy));
  }
  if (!isPluginName(module.name)) {
    const message = `${JSON.stringify(module.name)} cannot be the name of a plugin`;
    const remedy = "Give the file or folder another name, or the plugin one of its own: name.";
    const { name: plugin, file } = module;
    found.push(new GibbonError("PLUGIN_INVALID", message, { plugin, file, remedy }));
  }
  return found;
}

function toPlugin(definition: Checked, module: ModuleInfo): Plugin {
  const handlers = PHASES.flatMap((phase): [Phase, Handler][] => {
    const handler = definition[phase];
    return handler ? [[phase, handler.bind(definition)]] : [];
  });
  const { name, file, realFile, modifiedAt, loadedAt } = module;
  return {
    name,
    version: definition.version ?? DEFAULT_VERSION,
    priority: definition.priority ?? 0,
    handlers: new Map(handlers),
    schema: toKongSchema(definition.config),
    file,
    realFile,
    modifiedAt,
    loadedAt,
    dialect: "native",
    onError: definition.onError ?? "fail",
    deadline: definition.deadline,
    cache: definition.cache,
    configure: configParser(definition.config, name),
    start: (config) => definition.init?.(config),
    stop: (state) => definition.close?.(state),
  };
}
