// The plugins that are connected: who is taken in, under which name, and who is told when one leaves.
import { GibbonError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import { ERR_SHUTDOWN, type PluginInfo } from "../messages.ts";
import type { AsyncValues } from "./async_values.ts";
import type { HubLimits } from "./limits.ts";
import { freeName, type KeySequencer, NAME_CHARACTERS } from "./names.ts";
import type { DisconnectCallback } from "./options.ts";
import { Plugged } from "./plugged.ts";
import { Waiters } from "./waiters.ts";

/** What a roster works with. */
export interface RosterOptions {
  readonly limits: HubLimits;
  readonly log: Logger;
  readonly keySequencer: KeySequencer | undefined;
  /** Is told of plugins that come and go, and takes what they send. */
  readonly values: AsyncValues;
}

/** What a plugin is called here. */
interface Named {
  readonly name: string;
  readonly reason?: never;
}

/** Why a plugin is not taken. */
interface Unnamed {
  readonly name?: never;
  readonly reason: string;
}

/** The connected plugins by name. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #plugins = new Map<string, Plugged>();
  readonly #waiters = new Waiters();
  readonly #callbacks = new Set<DisconnectCallback>();
  #isStopping = false;

  constructor(options: RosterOptions) {
    this.#options = options;
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
    if (this.#plugins.has(name)) return true;
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

  /** Takes a plugin in, or says why not. */
  admit(said: PluginInfo, link: Link): Plugged | string {
    const { limits, log, values } = this.#options;
    const { name, reason } = this.#nameFor(said);
    if (name === undefined) return this.#refuse(said, reason);
    const info = { ...said, name };
    const plugin = new Plugged(info, link, limits, (payload) => values.put(name, payload, link));
    this.#plugins.set(name, plugin);
    const { version } = info;
    const called = said.name === name ? undefined : said.name;
    log.info("a plugin is connected", { plugin: name, version, called });
    values.note(name, `${version} connected`);
    this.#waiters.arrived(name);
    return plugin;
  }

  /** A plugin's connection is closed. With a reason if it was broken. */
  left({ info, isGraceful }: Plugged, reason: string | undefined): void {
    const { log, values } = this.#options;
    this.#plugins.delete(info.name);
    const entry = { plugin: info.name, version: info.version, reason };
    if (isGraceful) log.info("a plugin has left", entry);
    else log.warn("a plugin is gone without being asked to leave", entry);
    values.note(info.name, `${info.version} disconnected`);
    for (const callback of [...this.#callbacks]) {
      try {
        callback(copy(info, true), isGraceful);
      } catch (error) {
        log.error("a disconnect callback failed", { error: messageOf(error) });
      }
    }
  }

  #nameFor({ name }: PluginInfo): Named | Unnamed {
    const { limits, keySequencer } = this.#options;
    if (this.#isStopping) return { reason: ERR_SHUTDOWN };
    if (name === "" || name.length > NAME_CHARACTERS) {
      return { reason: `a plugin needs a name of 1 to ${NAME_CHARACTERS} characters` };
    }
    if (this.#plugins.size >= limits.plugins) {
      return { reason: `there are ${limits.plugins} plugins already` };
    }
    try {
      const free = freeName(name, (other) => this.#plugins.has(other), keySequencer);
      return free === undefined
        ? { reason: `plugin ${name} is connected already` }
        : { name: free };
    } catch (error) {
      return { reason: `the key sequencer failed: ${messageOf(error)}` };
    }
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

/**
 * A plugin's info for others to keep.
 *
 * @param full with its functions
 */
export function copy(info: PluginInfo, full: boolean): PluginInfo {
  return structuredClone({ ...info, functions: full ? info.functions : {} });
}
