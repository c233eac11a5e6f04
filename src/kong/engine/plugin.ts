// A plugin as the loader hands it over: what it declares and how its instances begin and end.
import type { OnError } from "../../base/on_error.ts";
import type { Phase } from "./phases.ts";

/**
 * Runs a phase.
 *
 * @param gateway what the plugin calls the gateway with; Kong's PDK for Kong
 * @param config the instance's configuration, as `Plugin.configure` gave it
 * @param state what `Plugin.start` gave
 */
export type Handler = (gateway: never, config: never, state: never) => unknown;

/** A field of a configuration in Kong's schema language: `{ name: { type: "string", ... } }`. */
export type SchemaField = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A loaded plugin. Its `handlers` hold at least one phase. */
export interface Plugin {
  /** The name that gateways use. Unique in a registry. */
  readonly name: string;
  readonly version: string;
  /** Plugins with higher numbers run earlier. */
  readonly priority: number;
  readonly handlers: ReadonlyMap<Phase, Handler>;
  /** Fields of the configuration, in Kong's schema language. */
  readonly schema: readonly SchemaField[];
  /** Absolute path of the module. */
  readonly file: string;
  /** The same with symlinks followed, which is how stacks name it; `file` if it is left out. */
  readonly realFile?: string;
  /** When the file was changed last, in Unix seconds. */
  readonly modifiedAt: number;
  /** When the module was loaded, in Unix seconds. */
  readonly loadedAt: number;
  /** `native`: made by definePlugin. `kong-js`: written for Kong's JavaScript server. */
  readonly dialect: "native" | "kong-js";
  readonly onError: OnError;
  /** How long an event may take, in milliseconds; undefined for the server's own limit. */
  readonly deadline: number | undefined;
  /** False: the gateway is asked each time, also for what cannot have changed within an event. */
  readonly cache?: boolean | undefined;
  /**
   * Checks a configuration and gives it the shape that handlers see.
   *
   * @param raw the configuration as the gateway sent it, parsed
   * @throws {GibbonError} CONFIG_INVALID
   */
  configure(raw: unknown): unknown;
  /** Begins an instance; what it gives (awaited) is the handlers' state. */
  start(config: unknown): unknown;
  /** Ends an instance, once its last event is over. */
  stop(state: unknown): unknown;
}
