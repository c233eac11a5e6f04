// The plugins that come with Kong: those that are acted out, and those that only have a name.
import { GibbonError } from "../../../base/errors.ts";
import type { Phase } from "../../engine/phases.ts";
import { RequestExit } from "../pdk/function.ts";
import type { PluginEntity } from "../plugin_entity.ts";
import type { HandlerEnd, Numbering, PerformCall, PluginRunner } from "../runner.ts";
import { acl } from "./acl.ts";
import { basicAuth } from "./basic_auth.ts";
import type { BundledPlugin } from "./bundled_plugin.ts";
import type { CredentialStore } from "./credentials.ts";
import { jwt } from "./jwt.ts";
import { keyAuth } from "./key_auth.ts";

/** Those that are acted out. */
export const ACTED_PLUGINS: ReadonlyMap<string, BundledPlugin> = new Map([
  ["acl", acl],
  ["basic-auth", basicAuth],
  ["jwt", jwt],
  ["key-auth", keyAuth],
]);

/** A runner that runs Kong's own plugins in this process, and hands on all others. */
export class BundledRunner implements PluginRunner {
  readonly #others: PluginRunner;
  readonly #store: CredentialStore;

  constructor(others: PluginRunner, store: CredentialStore) {
    this.#others = others;
    this.#store = store;
  }

  /** @throws {GibbonError} where Kong raises, and answers with 500 */
  async handle(
    plugin: PluginEntity,
    phase: Phase,
    perform: PerformCall,
    numbered?: Numbering,
  ): Promise<HandlerEnd> {
    const bundled = plugin.bundled ? ACTED_PLUGINS.get(plugin.name) : undefined;
    if (!bundled) return await this.#others.handle(plugin, phase, perform, numbered);
    try {
      await bundled.access({ perform, store: this.#store }, plugin.config);
      return { kind: "returned" };
    } catch (error) {
      if (error instanceof RequestExit) return { kind: "exited" };
      if (error instanceof GibbonError) throw error;
      throw new GibbonError("PDK_FAILED", `${plugin.name} failed`, { cause: error });
    }
  }
}
