// The instances that a client has started on a server, one for each plugin entity.
import type { PluginEntity } from "../plugin_entity.ts";

/** Kong repeats an event for as long as its instance is unknown; this is where we stop. */
export const MOST_RESTARTS = 100;

/** An instance, or its start. */
interface StartedInstance<Id> {
  readonly sequence: number;
  readonly id: Promise<Id>;
  /** Whether the server has given the id. */
  ready: boolean;
}

/** How a protocol starts and closes them. */
interface InstanceCalls<Id> {
  /** @throws {GibbonError} PLUGIN_BROKEN; Kong answers with 500 */
  start(plugin: PluginEntity): Promise<Id>;
  close(id: Id): Promise<void>;
}

/** The instances of one plugin's entities. */
export class StartedInstances<Id> {
  readonly #calls: InstanceCalls<Id>;
  readonly #started = new Map<string, StartedInstance<Id>>();

  constructor(calls: InstanceCalls<Id>) {
    this.#calls = calls;
  }

  /**
   * Starts an instance if there is none of this configuration; closes that of the one before.
   *
   * @returns the server's id of it
   * @throws whatever the start throws
   */
  get(plugin: PluginEntity): Promise<Id> {
    const old = this.#started.get(plugin.key);
    // An exchange that began before a change goes on with what there is now. Kong would start the
    // old configuration again.
    if (old && old.sequence >= plugin.sequence) return old.id;
    const id = this.#start(plugin, old);
    const started: StartedInstance<Id> = { sequence: plugin.sequence, id, ready: false };
    this.#started.set(plugin.key, started);
    id.then(() => started.ready = true, () => {
      if (this.#started.get(plugin.key) === started) this.#started.delete(plugin.key);
    });
    return id;
  }

  /** The server does not know the instance any more. */
  forget({ key }: PluginEntity): void {
    this.#started.delete(key);
  }

  /** The server is another one. What is being started is its own already. */
  forgetReady(): void {
    for (const [key, { ready }] of this.#started) if (ready) this.#started.delete(key);
  }

  async #start(plugin: PluginEntity, old: StartedInstance<Id> | undefined): Promise<Id> {
    const id = await this.#calls.start(plugin);
    await old?.id.then((oldId) => this.#calls.close(oldId), () => {});
    return id;
  }
}
