// The plugins of this hub, as others are told of them.
import type { PluginInfo } from "../../messages.ts";
import type { List, ListChange, ToldPlugin } from "./messages.ts";

/** How long changes are gathered before others are told of them, in milliseconds. */
const GATHER_MS = 20;

/** Keeps the list, and has others told of its changes. */
export class OwnList {
  readonly #tell: (changes: readonly ListChange[], after: number) => void;
  readonly #plugins = new Map<string, ToldPlugin>();
  #changes: ListChange[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param tell tells all others what changed after a revision */
  constructor(tell: (changes: readonly ListChange[], after: number) => void) {
    this.#tell = tell;
  }

  /** How many changes there were of which others were told. */
  revision = 0;

  /** The whole list, as of its revision. */
  get list(): List {
    this.flush();
    return { revision: this.revision, plugins: [...this.#plugins.values()] };
  }

  came({ name, version, functions }: PluginInfo, since: number): void {
    const plugin = { name, version, since, functions: JSON.stringify(functions) };
    this.#plugins.set(name, plugin);
    this.#changed({ came: plugin });
  }

  left(name: string, graceful: boolean): void {
    if (this.#plugins.delete(name)) this.#changed({ left: name, graceful });
  }

  /** Tells what has changed now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes = this.#changes;
    if (changes.length === 0) return;
    this.#changes = [];
    this.#tell(changes, this.revision++);
  }

  #changed(change: ListChange): void {
    this.#changes.push(change);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }
}
