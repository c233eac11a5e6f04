// Async values for any number of readers. A plugin is read no faster than its values are.
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { AsyncData } from "../messages.ts";
import { writePayload } from "../payload.ts";
import { type AsyncEntry, type AsyncLimits, AsyncLog } from "./async_log.ts";

/** How often dropped values are reported, in milliseconds. */
const REPORT_MS = 1000;

/** Whoever sends values, and can be made to wait. */
export interface AsyncSender {
  /** Takes nothing more from it. */
  pause(): void;
  /** Goes on. Nothing comes in before this returns. */
  resume(): void;
}

/** Hands async values to readers, which get all of them as long as they read. */
export class AsyncValues {
  readonly #limits: AsyncLimits;
  readonly #log: Logger;
  readonly #values: AsyncLog;
  readonly #wakers = new Set<() => void>();
  readonly #paused = new Set<AsyncSender>();
  #deadline: ReturnType<typeof setTimeout> | undefined;
  readonly #dropped = new Map<string, number>();
  #report: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;
  #readers = 0;

  /** Is told when somebody reads, and when nobody does any more. */
  readersChanged: (isRead: boolean) => void = () => {};

  constructor(limits: AsyncLimits, log: Logger) {
    this.#limits = limits;
    this.#log = log;
    this.#values = new AsyncLog(limits, ({ name }) => this.#drop(name));
  }

  /**
   * @param name the plugin's
   * @param payload its JSON
   * @param sender is paused while there is no room for more
   */
  put(name: string, payload: Uint8Array, sender: AsyncSender): void {
    this.#put(name, payload);
    if (!this.#values.isFull || this.#isOver) return;
    this.#paused.add(sender);
    sender.pause();
    this.#watch();
  }

  /** Whether somebody reads. */
  get isRead(): boolean {
    return this.#readers > 0;
  }

  /** The hub's own word about a plugin. */
  note(name: string, word: string): void {
    this.#put(name, writePayload(word));
  }

  /**
   * What comes from now on, until the hub is shut down.
   *
   * @param parse makes something of each payload; what it throws at is left out
   * @param signal ends it
   */
  read<T>(
    parse: (payload: Uint8Array) => T,
    signal?: AbortSignal,
  ): AsyncIterableIterator<AsyncData<T>> {
    const cursor = this.#values.open();
    if (++this.#readers === 1) this.readersChanged(true);
    let hasLeft = false;
    const leave = () => {
      if (!hasLeft && --this.#readers === 0) this.readersChanged(false);
      hasLeft = true;
      signal?.removeEventListener("abort", leave);
      this.#values.close(cursor);
      this.#goOn();
      this.#wake();
    };
    if (this.#isOver || signal?.aborted) leave();
    signal?.addEventListener("abort", leave, { once: true });
    const take = async () => {
      while (!hasLeft && !this.#values.has(cursor)) {
        if (this.#isOver) return undefined;
        await new Promise<void>((resolve) => this.#wakers.add(resolve));
      }
      const entry = hasLeft ? undefined : this.#values.take(cursor);
      this.#goOn();
      return entry;
    };
    return {
      next: async () => {
        for (let entry = await take(); entry; entry = await take()) {
          const value = this.#parse(entry, parse);
          if (value) return { done: false, value };
        }
        leave();
        return { done: true, value: undefined };
      },
      return: () => {
        leave();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Ends all readers, once they have what waits for them. */
  end(): void {
    this.#isOver = true;
    this.#wake();
    clearTimeout(this.#deadline);
    this.#resume();
    clearTimeout(this.#report);
    this.#reportDropped();
  }

  #put(name: string, payload: Uint8Array): void {
    if (this.#isOver) return;
    this.#values.put(name, payload);
    this.#wake();
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }

  /** Lets the senders go on once there is room for a while. */
  #goOn(): void {
    if (this.#paused.size === 0) return;
    this.#values.dropForLate();
    if (this.#values.isHalfFull) return;
    this.#resume();
  }

  #resume(): void {
    const senders = [...this.#paused];
    this.#paused.clear();
    for (const sender of senders) sender.resume();
  }

  /** As long as senders wait: looks for readers that have taken nothing for too long. */
  #watch(): void {
    this.#deadline ??= setTimeout(() => {
      this.#deadline = undefined;
      // Readers of this process have had no turn either while something else blocked it.
      setTimeout(() => this.#expire(), 0);
    }, this.#limits.asyncMs);
  }

  #expire(): void {
    if (this.#paused.size === 0) return;
    this.#values.expire();
    if (this.#values.isFull) this.#watch();
    else this.#resume();
  }

  #parse<T>(
    { name, payload }: AsyncEntry,
    parse: (payload: Uint8Array) => T,
  ): AsyncData<T> | undefined {
    try {
      return { name, payload: parse(payload) };
    } catch (error) {
      this.#log.warn("an async value is no JSON", { plugin: name, error: messageOf(error) });
      return undefined;
    }
  }

  #drop(name: string): void {
    this.#dropped.set(name, (this.#dropped.get(name) ?? 0) + 1);
    this.#report ??= setTimeout(() => this.#reportDropped(), REPORT_MS);
  }

  #reportDropped(): void {
    this.#report = undefined;
    for (const [plugin, count] of this.#dropped) {
      this.#log.warn("async values were dropped: a reader of them does not read", {
        plugin,
        count,
      });
    }
    this.#dropped.clear();
  }
}
