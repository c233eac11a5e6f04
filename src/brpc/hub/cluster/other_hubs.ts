// The other hubs and their plugins, from what they say of themselves; one that falls silent is gone.
import type { List, ListChange, Told, ToldPlugin } from "./messages.ts";
import type { ClusterLimits } from "./options.ts";

/** A plugin of another hub. */
export interface PluginElsewhere extends ToldPlugin {
  /** Its hub's. */
  readonly hub: string;
}

/** What is to be done when something changes. */
export interface OtherHubsEvents {
  came(plugin: PluginElsewhere): void;
  left(plugin: PluginElsewhere, graceful: boolean): void;
  /** A hub, or a plugin of it, is not listed. */
  refused(hub: string, reason: string): void;
  /** A hub has come. */
  met(hub: string): void;
  /** A hub is gone. With a reason where it did not say so. */
  lost(hub: string, reason: string | undefined): void;
  /** Another number than before: 0 if nobody reads async values there. */
  reads(hub: string, reads: number): void;
  /** Asks a hub for its list. */
  list(hub: string): Promise<List>;
}

/** Another hub. */
interface OtherHub {
  readonly id: string;
  heardMs: number;
  revision: number;
  reads: number;
  readonly plugins: Map<string, PluginElsewhere>;
  isListing: boolean;
}

/** The other hubs. */
export class OtherHubs {
  readonly #events: OtherHubsEvents;
  readonly #limits: Pick<ClusterLimits, "hubs" | "plugins">;
  readonly #hubs = new Map<string, OtherHub>();
  /** Of those with one name, which hubs should not have, the one that came last. */
  readonly #plugins = new Map<string, PluginElsewhere>();

  constructor(events: OtherHubsEvents, limits: Pick<ClusterLimits, "hubs" | "plugins">) {
    this.#events = events;
    this.#limits = limits;
  }

  /** Their plugins by name. */
  get plugins(): ReadonlyMap<string, PluginElsewhere> {
    return this.#plugins;
  }

  /** How many hubs there are. */
  get size(): number {
    return this.#hubs.size;
  }

  /** Ids of the hubs. */
  get hubs(): string[] {
    return [...this.#hubs.keys()];
  }

  /** A hub says something of itself. */
  heard(told: Exclude<Told, { kind: "bye" }>, changes: readonly ListChange[], nowMs: number): void {
    const hub = this.#hubs.get(told.hub) ?? this.#meet(told.hub);
    if (!hub) return;
    hub.heardMs = nowMs;
    if (told.kind === "beat") {
      if (told.reads !== hub.reads) this.#events.reads(hub.id, hub.reads = told.reads);
    } else if (told.after === hub.revision && !hub.isListing) {
      hub.revision = told.revision;
      for (const change of changes) this.#apply(hub, change);
    }
    if (told.revision !== hub.revision) void this.#fetch(hub);
  }

  /** What was on its way to a hub is lost: its next beat has values begin anew. */
  forgetReads(id: string): void {
    const hub = this.#hubs.get(id);
    if (hub) hub.reads = 0;
  }

  /** A hub is gone. With a reason where it did not say so. */
  lost(id: string, reason?: string): void {
    const hub = this.#hubs.get(id);
    if (!hub) return;
    this.#hubs.delete(id);
    this.#events.lost(id, reason);
    for (const plugin of [...hub.plugins.values()]) this.#remove(hub, plugin.name, false);
  }

  /** Gives up the hubs of which nothing was heard since then. */
  expire(sinceMs: number, reason: string): void {
    for (const { id, heardMs } of [...this.#hubs.values()]) {
      if (heardMs < sinceMs) this.lost(id, reason);
    }
  }

  #meet(id: string): OtherHub | undefined {
    if (this.#hubs.size >= this.#limits.hubs) {
      this.#events.refused(id, `there are ${this.#limits.hubs} hubs already`);
      return undefined;
    }
    const hub = { id, heardMs: 0, revision: 0, reads: 0, plugins: new Map(), isListing: false };
    this.#hubs.set(id, hub);
    this.#events.met(id);
    return hub;
  }

  /** Takes the whole list, where changes were missed. */
  async #fetch(hub: OtherHub): Promise<void> {
    if (hub.isListing) return;
    hub.isListing = true;
    try {
      const { revision, plugins } = await this.#events.list(hub.id);
      if (this.#hubs.get(hub.id) !== hub) return;
      hub.revision = revision;
      const names = new Set(plugins.map(({ name }) => name));
      for (const name of [...hub.plugins.keys()]) {
        if (!names.has(name)) this.#remove(hub, name, false);
      }
      for (const plugin of plugins) this.#apply(hub, { came: plugin });
    } catch {
      // Its next beat has it asked again.
    } finally {
      hub.isListing = false;
    }
  }

  #apply(hub: OtherHub, change: ListChange): void {
    if ("left" in change) return this.#remove(hub, change.left, change.graceful);
    const plugin = { ...change.came, hub: hub.id };
    const known = hub.plugins.get(plugin.name);
    if (known?.since === plugin.since) return;
    if (known) this.#remove(hub, plugin.name, false);
    if (hub.plugins.size >= this.#limits.plugins) {
      const reason = `it has more than ${this.#limits.plugins} plugins`;
      return this.#events.refused(hub.id, reason);
    }
    hub.plugins.set(plugin.name, plugin);
    this.#plugins.set(plugin.name, plugin);
    this.#events.came(plugin);
  }

  #remove(hub: OtherHub, name: string, graceful: boolean): void {
    const plugin = hub.plugins.get(name);
    if (!plugin) return;
    hub.plugins.delete(name);
    if (this.#plugins.get(name) === plugin) {
      const other = [...this.#hubs.values()].find(({ plugins }) => plugins.has(name));
      if (other) this.#plugins.set(name, other.plugins.get(name) as PluginElsewhere);
      else this.#plugins.delete(name);
    }
    this.#events.left(plugin, graceful);
  }
}
