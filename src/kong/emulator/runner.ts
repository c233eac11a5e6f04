// Who runs handlers: a plugin server at the other end of a socket, or plugins in memory.
import type { Phase } from "../engine/phases.ts";
import type { PluginEntity } from "./plugin_entity.ts";

/**
 * Makes a PDK call of a handler.
 *
 * @param method dotted name, as Kong has it
 * @param args as Lua got them
 * @throws {RequestExit} if the call ended the request; the handler gets no answer
 * @throws {GibbonError} where Kong raises; the handler gets no answer either
 */
export type PerformCall = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** Takes the number of a command, which is unique for a plugin. */
export type Numbering = (command: number) => void;

/** How a handler's run ended. */
export type HandlerEnd =
  | { readonly kind: "returned" }
  /** With `kong.response.exit` or `error`. */
  | { readonly kind: "exited" }
  /** Kong logged an error and goes on as if the plugin were not there. */
  | { readonly kind: "skipped"; readonly reason: string };

/** Runs handlers. */
export interface PluginRunner {
  /**
   * @param numbered is told the number of the command that begins the event on the plugin's server,
   * just before it goes out
   * @throws {GibbonError} where Kong raises, and answers with 500
   */
  handle(
    plugin: PluginEntity,
    phase: Phase,
    perform: PerformCall,
    numbered?: Numbering,
  ): Promise<HandlerEnd>;
}
