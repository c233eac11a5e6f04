// Plugins that cannot run: their requests fail as in Kong, and the gateway remembers why.
import { GibbonError, messageOf } from "../base/errors.ts";
import type { PluginEntity } from "../kong/emulator/plugin_entity.ts";
import type { HandlerEnd, Numbering, PerformCall, PluginRunner } from "../kong/emulator/runner.ts";
import type { Phase } from "../kong/engine/phases.ts";
import type { BrokenPlugin } from "./plugins.ts";

/** Fails events of plugins that their server does not know, and hands on all others. */
export class FailingRunner implements PluginRunner {
  readonly #others: PluginRunner;
  readonly #unknown: ReadonlyMap<string, string>;
  readonly #failures: Map<string, string>;

  /** @param failures what is known to be wrong, by plugin; one that starts is taken out */
  constructor(
    others: PluginRunner,
    broken: readonly BrokenPlugin[],
    failures: Map<string, string>,
  ) {
    this.#others = others;
    this.#failures = failures;
    this.#unknown = new Map(
      broken.filter(({ isKnown }) => !isKnown).map(({ name, reason }) => [name, reason]),
    );
  }

  /** @throws {GibbonError} where Kong raises, and answers with 500 */
  async handle(
    plugin: PluginEntity,
    phase: Phase,
    perform: PerformCall,
    numbered?: Numbering,
  ): Promise<HandlerEnd> {
    const { name } = plugin;
    const reason = this.#unknown.get(name);
    if (reason !== undefined) throw new GibbonError("PLUGIN_BROKEN", reason, { plugin: name });
    try {
      const end = await this.#others.handle(plugin, phase, perform, numbered);
      this.#failures.delete(name);
      return end;
    } catch (error) {
      // With another reason than the one that was told, that one is news again when it comes back.
      if (this.#failures.get(name) !== messageOf(error)) this.#failures.delete(name);
      throw error;
    }
  }
}
