// A worker's view of the quarantine: which events and starts it refuses.
import { GibbonError } from "../../../base/errors.ts";
import type { Instance } from "../../engine/instance.ts";
import type { Phase } from "../../engine/phases.ts";
import type { Refusing } from "../../protocol/refusing.ts";
import { keyOf, likenessOf, type Suspect } from "./blame.ts";
import type { Poison, QuarantineState } from "./quarantine.ts";

/** Refuses what killed other worker processes. */
export class Refusals implements Refusing {
  readonly #refused: (suspect: Suspect) => void;
  #poison = new Map<string, Poison>();
  #stopped = new Map<string, number>();

  /** @param refused told of each repeated event that was refused */
  constructor(refused: (suspect: Suspect) => void) {
    this.#refused = refused;
  }

  /** Puts another state in force. */
  set({ poison, stopped }: QuarantineState): void {
    this.#poison = new Map(poison.map((one) => [keyOf(one), one]));
    this.#stopped = new Map(stopped.map(({ plugin, untilMs }) => [plugin, untilMs]));
  }

  event(instance: Instance, phase: Phase): GibbonError | undefined {
    if (this.#poison.size === 0 && this.#stopped.size === 0) return undefined;
    const { plugin: { name }, status: { config } } = instance;
    return this.#refusal(name, config, phase);
  }

  start(plugin: string, config: unknown): GibbonError | undefined {
    if (this.#poison.size === 0 && this.#stopped.size === 0) return undefined;
    return this.#refusal(plugin, config, "init");
  }

  #refusal(plugin: string, config: unknown, doing: Suspect["doing"]): GibbonError | undefined {
    const now = Date.now();
    const until = this.#stopped.get(plugin) ?? 0;
    if (until > now) {
      const message =
        `Plugin ${plugin} is stopped for ${Math.ceil((until - now) / 1000)} s more: ` +
        "it has killed or spoilt worker processes again and again";
      return new GibbonError("PLUGIN_STOPPED", message, { plugin, phase: doing, remedy: REMEDY });
    }
    const suspect = { plugin, likeness: likenessOf(config), doing };
    const poison = this.#poison.get(keyOf(suspect));
    if (!poison || poison.untilMs <= now) return undefined;
    if (poison.left <= 0 && poison.allUntilMs <= now) return undefined;
    this.#poison.set(keyOf(suspect), { ...poison, left: poison.left - 1 });
    this.#refused(suspect);
    const message = `Plugin ${plugin} killed a worker process while it ran this (${doing}), ` +
      "and it is not run again";
    return new GibbonError("PLUGIN_STOPPED", message, { plugin, phase: doing, remedy: REMEDY });
  }
}

const REMEDY = "Look in the log for how the worker process ended, and mend the plugin.";
