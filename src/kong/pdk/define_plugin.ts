// definePlugin: the native form of a plugin, with the types of its configuration and its state.
import type * as v from "valibot";
import type { OnError } from "../../base/on_error.ts";
import { DEFINITION } from "./definition.ts";
import type { Kong } from "./kong.ts";

/** What handlers see of a configuration where the plugin has none: nothing. */
// deno-lint-ignore no-empty-interface -- an interface shows its name in the compiler's messages
export interface NoConfig {}

/** What a schema takes, where nothing more is known of it: an object. */
export type AnyInput = Record<string, unknown>;

/** A schema of a configuration: an object in JSON, which becomes what handlers see. */
export type ConfigSchema<Config, Input extends AnyInput = AnyInput> = v.GenericSchema<
  Input,
  Config
>;

/** Handlers return nothing. One that is async ends its phase when it is done. */
export type HandlerResult = void | PromiseLike<void>;

/**
 * Runs in one phase of a request, a connection or a handshake.
 *
 * @param kong the PDK, for this one event
 * @param config the instance's configuration
 * @param state what `init` gave for this instance
 */
export type PhaseHandler<Config, State> = (
  this: void,
  kong: Kong,
  config: Config,
  state: State,
) => HandlerResult;

/**
 * A plugin's parts. All of them may be left out, but one handler there must be: `certificate`,
 * `rewrite`, `access`, `response`, `preread` or `log`.
 *
 * Write `init` above `close` and the handlers: TypeScript reads from the top, and knows the type of
 * the state only below it.
 */
export interface PluginDefinition<Config, State, Input extends AnyInput = AnyInput> {
  /** What Kong calls the plugin. The file's or folder's name if left out. */
  readonly name?: string;
  /** The plugin's version, such as `1.2.0`: up to three numbers, or Kong 3 does not start. */
  readonly version?: string;
  /** Plugins with higher numbers run earlier. */
  readonly priority?: number;
  /**
   * A valibot schema: checks the configuration, gives it its type, and becomes Kong's schema.
   * docs/authors/plugins.md says what becomes of what.
   */
  readonly config?: ConfigSchema<Config, Input>;
  /**
   * What becomes of a request when a handler throws or takes too long. `fail`, which is what
   * happens if nothing is said: the client gets a 500, as if a Lua plugin had failed.
   * `continue`: the request goes on without the plugin. Only for plugins that guard nothing.
   */
  readonly onError?: OnError;
  /** How long one event may take, in milliseconds; the server's limit (50,000) if left out. */
  readonly deadline?: number;
  /**
   * Whether what cannot change within one event is asked of Kong once, and answered from memory
   * after that, and calls that can go out as one do; true if left out. docs/authors/pdk.md lists the
   * functions, docs/authors/plugins.md#what-a-call-costs says the rest.
   */
  readonly cache?: boolean;
  /**
   * Built-in objects that the plugin changes, such as `["Array.prototype.at"]`, or `true` for whatever
   * it likes. All plugins of a process share them: a change that is not named here is undone, and
   * keeps the plugin from being loaded, or fails its event.
   */
  readonly allowPatches?: true | readonly string[];
  /**
   * Begins an instance, that is: the plugin with one configuration. What it returns is the state of
   * the instance; if that is a promise, the instance waits for it. A configuration whose `init`
   * fails is not served: the client gets a 500.
   */
  init?(this: void, config: Config): State | PromiseLike<State>;
  /** Ends an instance, after the last of its events. */
  close?(this: void, state: State): HandlerResult;
  /** A TLS handshake, before there is a request. */
  readonly certificate?: PhaseHandler<Config, State>;
  /** A request came in; its route and consumer are not known yet. Plugins for everything only. */
  readonly rewrite?: PhaseHandler<Config, State>;
  /** Before the request goes to the service: the phase of nearly all plugins. */
  readonly access?: PhaseHandler<Config, State>;
  /** The service has answered, nothing is sent to the client yet. Kong buffers the whole answer. */
  readonly response?: PhaseHandler<Config, State>;
  /** A TCP or UDP connection came in. */
  readonly preread?: PhaseHandler<Config, State>;
  /** The client has its answer. Nothing of it can be changed any more. */
  readonly log?: PhaseHandler<Config, State>;
}

/**
 * A plugin that definePlugin made: a module's default export. Its type knows what the schema of its
 * configuration takes, for those who configure it in code: tests.
 */
export interface DefinedPlugin<Input = AnyInput> {
  readonly [DEFINITION]: true;
  readonly config?: v.GenericSchema<Input, unknown>;
}

/**
 * Defines a plugin. It is a module's default export.
 *
 * The configuration's type comes from the schema, the state's from what `init` returns.
 *
 * @example
 * ```ts
 * import { definePlugin } from "gibbon";
 * import * as v from "valibot";
 *
 * export default definePlugin({
 *   version: "1.0.0",
 *   priority: 1000,
 *   config: v.object({
 *     keys: v.set(v.pipe(v.string(), v.minLength(8))),
 *     header: v.optional(v.string(), "x-api-key"),
 *   }),
 *   async access(kong, config) {
 *     const key = await kong.request.getHeader(config.header);
 *     if (!key || !config.keys.has(key)) {
 *       kong.response.exit(401, { message: "Who are you?" });
 *     }
 *   },
 * });
 * ```
 */
export function definePlugin<
  Config = NoConfig,
  State = undefined,
  Input extends AnyInput = AnyInput,
>(plugin: PluginDefinition<Config, State, Input>): DefinedPlugin<Input> {
  return Object.freeze({ ...plugin, [DEFINITION]: true as const });
}
