// A prox plugin as loaded: recognised among a module's exports, and checked.
import { basename, extname } from "node:path";
import * as v from "valibot";
import { GibbonError } from "../../base/errors.ts";
import type { OnError } from "../../base/on_error.ts";
import type { ModuleNamespace } from "../../runtime/contract.ts";
import type { HookName } from "../messages.ts";
import { PROX_DEFINITION, type ProxPluginDefinition } from "./define.ts";

/** A handler with any parameters. */
type AnyHandler = (...args: never[]) => unknown;

/** A loaded plugin. */
export interface ProxPlugin {
  readonly name: string;
  readonly file: string;
  readonly onError: OnError;
  /** How long a handler may take, in milliseconds; undefined for the process' own limit. */
  readonly deadline: number | undefined;
  readonly handlers: Pick<ProxPluginDefinition, HandlerName>;
}

type HandlerName = "onConfigure" | "onRequest" | "onResponse" | "onConnect" | "onDisconnect";

/** The handler of each hook. */
export const HANDLERS = {
  on_request: "onRequest",
  on_response: "onResponse",
  on_connect: "onConnect",
  on_disconnect: "onDisconnect",
} as const satisfies Readonly<Record<HookName, HandlerName>>;

const Handler = v.optional(
  v.custom<AnyHandler>((value) => typeof value === "function", "it must be a function"),
);

const HANDLER_NAMES = ["onConfigure", ...Object.values(HANDLERS)] as const;

const Definition = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.nonEmpty("it is empty"))),
  onError: v.optional(v.picklist(["fail", "continue"]), "fail"),
  deadline: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(2 ** 31 - 1))),
  ...v.entriesFromList(HANDLER_NAMES, Handler),
});

/**
 * Takes the plugin out of its module.
 *
 * @param file the module's absolute path
 * @throws {GibbonError} PLUGIN_INVALID
 */
export function readProxPlugin(module: ModuleNamespace, file: string): ProxPlugin {
  const definition = findDefinition(module);
  if (!definition) {
    throw invalid(file, "its default export is no prox plugin", {
      remedy: "Write export default defineProxPlugin({ ... }), from gibbon.",
    });
  }
  const result = v.safeParse(Definition, definition, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw invalid(file, `${v.getDotPath(issue) ?? "the definition"}: ${issue.message}`, {
      remedy: `Parts of a plugin: ${Object.keys(Definition.entries).join(", ")}.`,
    });
  }
  const { name = basename(file, extname(file)), onError, deadline, ...handlers } = result.output;
  if (HANDLER_NAMES.every((handler) => handlers[handler] === undefined)) {
    throw invalid(file, "it has no handler", {
      remedy: `Give it one of ${HANDLER_NAMES.join(", ")}.`,
    });
  }
  return { name, file, onError, deadline, handlers: handlers as ProxPlugin["handlers"] };
}

/** The default export; CommonJS that was compiled from an ES module has it one level deeper. */
function findDefinition(module: ModuleNamespace): object | undefined {
  const outer = module["default"];
  const inner = (outer as { default?: unknown } | null | undefined)?.default;
  return [outer, inner].find(isProxDefinition);
}

/** Whether a value was made by defineProxPlugin. */
export function isProxDefinition(value: unknown): value is ProxPluginDefinition {
  return typeof value === "object" && value !== null &&
    (value as { [PROX_DEFINITION]?: unknown })[PROX_DEFINITION] === true;
}

function invalid(file: string, problem: string, { remedy }: { readonly remedy: string }) {
  return new GibbonError("PLUGIN_INVALID", `${file} is no plugin for prox: ${problem}`, {
    plugin: basename(file, extname(file)),
    file,
    remedy,
  });
}
