// The plugins that are connected: who is taken in, under which name, and who is told when one leaves.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import { ERR_SHUTDOWN, type PluginInfo } from "../messages.ts";
import { NameGiver, type NamesElsewhere, type Naming } from "./name_giver.ts";
import type { AsyncSender, AsyncValues } from "./async_values.ts";
import type { HubLimits } from "./limits.ts";
import { type KeySequencer, NAME_CHARACTERS } from "./names.ts";
import type { DisconnectCallback } from "./options.ts";
import { Plugged } from "./plugged.ts";
import { gated } from "./sender_gate.ts";
import { Waiters } from "./waiters.ts";

/** What a roster works with. */
export interface RosterOptions {
  readonly limits: HubLimits;
  readonly log: Logger;
  readonly keySequencer: KeySequencer | undefined;
  /** Is told of plugins that come and go, and takes what they send. */
  readonly values: AsyncValues;
}

/** The hubs that this one is joined with. */
export interface Elsewhere extends NamesElsewhere {
  /** What they call this hub. */
  readonly id: string;
  /** A plugin of this hub is there under its name. */
  came(info: PluginInfo): void;
  /** It is gone, and its name is free. */
  left(name: string, graceful: boolean): void;
  /** See `AsyncValues.put`: for readers at other hubs. */
  put(name: string, payload: Uint8Array, sender: AsyncSender): void;
}

/** The connected plugins by name. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #plugins = new Map<string, Plugged>();
  readonly #waiters = new Waiters();
  readonly #callbacks = new Set<DisconnectCallback>();
  readonly #names: NameGiver;
  #isStopping = false;

  /** The hubs that this one is joined with. */
  elsewhere: Elsewhere | undefined;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#names = new NameGiver({
      keySequencer: options.keySequencer,
      plugins: options.limits.plugins,
      isTaken: (name) => this.#plugins.has(name),
      count: () => this.#plugins.size,
      isStopping: () => this.#isStopping,
    });
  }

  /** Those that are connected now. */
  get all(): ReadonlyMap<string, Plugged> {
    return this.#plugins;
  }

  /** @throws {GibbonError} PLUGIN_UNKNOWN; DRAINING once all were told to leave */
  get(name: string): Plugged {
    const plugin = this.#plugins.get(name);
    if (plugin) return plugin;
    if (this.#isStopping) throw new GibbonError("DRAINING", ERR_SHUTDOWN, { plugin: name });
    throw new GibbonError("PLUGIN_UNKNOWN", `plugin ${name} not found`, { plugin: name });
  }

  /** Waits for a plugin: true once it is connected, false after so many milliseconds. */
  async waitFor(name: string, timeoutMs: number): Promise<boolean> {
    if (this.#plugins.has(name) || this.elsewhere?.isTaken(name)) return true;
    if (this.#isStopping) return false;
    return await this.#waiters.wait(name, timeoutMs);
  }

  /** Has something called whenever a plugin has left. @returns takes it back */
  onLeave(callback: DisconnectCallback): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  /** Takes nobody in any more, and tells all to leave. Settles when they are gone. */
  async stop(trace: string): Promise<void> {
    this.#isStopping = true;
    this.#waiters.giveUp();
    await Promise.all([...this.#plugins.values()].map((plugin) => plugin.stop(trace, false)));
  }

  /** Takes a plugin in, or says why not: at once where the hub is alone. */
  admit(said: PluginInfo, link: Link): Plugged | string | Promise<Plugged | string> {
    const { elsewhere } = this;
    if (!elsewhere) return this.#enter(said, link, this.#names.nameFor(said.name));
    const enter = (naming: Naming) => this.#enter(said, link, naming);
    return this.#names.nameAmong(said.name, elsewhere, enter);
  }

  /** A plugin's connection is closed. With a reason if it was broken. */
  left({ info, isGraceful }: Plugged, reason: string | undefined): void {
    const { log } = this.#options;
    this.#plugins.delete(info.name);
    this.elsewhere?.left(info.name, isGraceful);
    const entry = { plugin: info.name, version: info.version, reason };
    if (isGraceful) log.info("a plugin has left", entry);
    else log.warn("a plugin is gone without being asked to leave", entry);
    this.sayLeft(this.describe(info, true), isGraceful);
  }

  /**
   * A plugin's info for others to keep, with its hub where there are several.
   *
   * @param full with its functions
   */
  describe(info: PluginInfo, full: boolean): PluginInfo {
    const functions = full ? info.functions : {};
    return structuredClone({
      ...info,
      functions,
      ...(this.elsewhere && { hub: this.elsewhere.id }),
    });
  }

  /** Tells whoever wants to know that a plugin is there, on this hub or another one. */
  sayCame({ name, version }: Pick<PluginInfo, "name" | "version">): void {
    this.#options.values.note(name, `${version} connected`);
    this.#waiters.arrived(name);
  }

  /** The same of one that has left. */
  sayLeft(info: PluginInfo, isGraceful: boolean): void {
    this.#options.values.note(info.name, `${info.version} disconnected`);
    for (const callback of [...this.#callbacks]) {
      try {
        callback(info, isGraceful);
      } catch (error) {
        this.#options.log.error("a disconnect callback failed", { error: messageOf(error) });
      }
    }
  }

  #enter(said: PluginInfo, link: Link, { name, reason }: Naming): Plugged | string {
    if (name === undefined) return this.#refuse(said, reason);
    const { limits, log, values } = this.#options;
    const info = { ...said, name };
    const [here, there] = gated(link);
    const plugin = new Plugged(info, link, limits, (payload) => {
      values.put(name, payload, here);
      this.elsewhere?.put(name, payload, there);
    });
    this.#plugins.set(name, plugin);
    const called = said.name === name ? undefined : said.name;
    log.info("a plugin is connected", { plugin: name, version: info.version, called });
    this.elsewhere?.came(info);
    this.sayCame(info);
    return plugin;
  }

  #refuse({ name, version }: PluginInfo, reason: string): string {
    this.#options.log.warn("a plugin is refused", {
      plugin: name.slice(0, NAME_CHARACTERS),
      version: version.slice(0, NAME_CHARACTERS),
      reason,
    });
    return reason;
  }
}
