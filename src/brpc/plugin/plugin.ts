// A hub plugin as loaded: recognised among a module's exports, and checked.
import * as v from "valibot";
import { GibbonError } from "../../base/errors.ts";
import { isSchema } from "../../modules/valibot/schema.ts";
import type { ModuleNamespace } from "../../runtime/contract.ts";
import { type PluginInfo, RESERVED_METHODS } from "../messages.ts";
import { HUB_DEFINITION, HUB_METHOD, type HubMethod, type HubPluginDefinition } from "./define.ts";
import { describeSchema, type HubDescription, mergeDescription } from "./entity.ts";

/** A loaded plugin. */
export interface HubPlugin {
  /** The file that it is from; undefined if it was defined in this process. */
  readonly file: string | undefined;
  readonly definition: HubPluginDefinition;
  readonly info: PluginInfo;
  readonly methods: ReadonlyMap<string, HubMethod>;
}

const isSchemaOrNone = (value: unknown) => value === undefined || isSchema(value);
const Method = v.pipe(
  v.custom<HubMethod>(
    (value) => Object(value)[HUB_METHOD] === true,
    "write method({ input, output }, (input, ctx) => ...)",
  ),
  v.check(({ input }) => isSchemaOrNone(input), "its input is no valibot schema"),
  v.check(({ output }) => isSchemaOrNone(output), "its output is no valibot schema"),
  v.check(({ run }) => typeof run === "function", "a method needs a function"),
);
const MethodName = v.pipe(
  v.string(),
  v.nonEmpty("a method needs a name"),
  v.maxLength(200, "a method's name has 200 characters at most"),
  v.check((name) => !RESERVED_METHODS.includes(name), "the protocol has that name for itself"),
);
const Text = v.pipe(v.string(), v.nonEmpty("it is empty"), v.maxLength(200, "it is too long"));

const Description: v.GenericSchema<HubDescription> = v.strictObject({
  mandatory: v.optional(v.boolean()),
  fields: v.optional(v.record(v.string(), v.lazy(() => Description))),
}) as v.GenericSchema<HubDescription>;

const Definition = v.strictObject({
  name: Text,
  version: Text,
  methods: v.pipe(
    v.record(MethodName, Method),
    v.check((methods) => Object.keys(methods).length > 0, "there is no method"),
  ),
  functions: v.optional(v.record(
    v.string(),
    v.strictObject({ input: v.optional(Description), output: v.optional(Description) }),
  )),
  useAsyncHook: v.optional(v.function("it must be a function")),
});

/**
 * Takes the plugin out of its module.
 *
 * @param file the module's absolute path
 * @returns undefined if the module's default export is none
 * @throws {GibbonError} PLUGIN_INVALID
 */
export function readHubPlugin(module: ModuleNamespace, file: string): HubPlugin | undefined {
  const outer = module["default"];
  const inner = (outer as { default?: unknown } | null | undefined)?.default;
  const definition = [outer, inner].map(definitionOf).find((found) => found !== undefined);
  return definition && checkHubPlugin(definition, file);
}

/** What defineHubPlugin was given; undefined for what it did not make. */
export function definitionOf(value: unknown): HubPluginDefinition | undefined {
  const found: unknown = Object(value)[HUB_DEFINITION];
  return typeof found === "object" && found !== null ? found as HubPluginDefinition : undefined;
}

/**
 * Checks a definition, and describes its methods.
 *
 * @throws {GibbonError} PLUGIN_INVALID
 */
export function checkHubPlugin(definition: HubPluginDefinition, file?: string): HubPlugin {
  const result = v.safeParse(Definition, definition, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const where = v.getDotPath(issue) ?? "the definition";
    const name = typeof definition.name === "string" ? definition.name : "";
    throw new GibbonError(
      "PLUGIN_INVALID",
      `${file ?? (name || "a plugin")} is no plugin for a hub: ${where}: ${issue.message}`,
      {
        plugin: name || undefined,
        file,
        remedy: `Parts of a plugin: ${Object.keys(Definition.entries).join(", ")}.`,
      },
    );
  }
  const { name, version, methods, functions: said = {} } = definition;
  const functions = Object.entries(methods).map(([key, { input, output }]) => {
    const own = Object.hasOwn(said, key) ? said[key] : undefined;
    const takes = mergeDescription(describeSchema(input), own?.input);
    const gives = mergeDescription(describeSchema(output), own?.output);
    return [key, { name: key, ...(takes && { input: takes }), ...(gives && { output: gives }) }];
  });
  return {
    file,
    definition,
    info: { name, version, functions: Object.fromEntries(functions) },
    methods: new Map(Object.entries(methods)),
  };
}
