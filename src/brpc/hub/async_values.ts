// Async values for any number of readers, each with a queue of its own that is bounded.
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { AsyncData } from "../messages.ts";
import { writePayload } from "../payload.ts";

/** How often dropped values are reported, in milliseconds. */
const REPORT_MS = 1000;
/** Words of the hub that one reader may have waiting. */
const NOTICES = 4096;

/** Bounds of what waits for one reader, for each plugin by itself. */
export interface AsyncLimits {
  readonly asyncValues: number;
  readonly asyncBytes: number;
}

/** What waits in a queue. */
interface Waiting {
  readonly name: string;
  /** JSON. */
  readonly payload: Uint8Array;
  /** Whether it is the hub's own word about the plugin. */
  readonly isNotice: boolean;
}

/** How much one plugin has in a queue. */
interface Share {
  values: number;
  bytes: number;
}

/** A reader's queue. */
class Reader {
  readonly #limits: AsyncLimits;
  readonly #queue: (Waiting | undefined)[] = [];
  #first = 0;
  #notices = 0;
  readonly #shares = new Map<string, Share>();
  readonly #wakers: (() => void)[] = [];
  #isOver = false;

  constructor(limits: AsyncLimits) {
    this.#limits = limits;
  }

  /** @returns false if there is no room */
  put(item: Waiting): boolean {
    const { name, payload, isNotice } = item;
    if (isNotice) {
      if (this.#notices >= NOTICES) return false;
      this.#notices++;
    } else {
      const share = this.#shares.get(name) ?? { values: 0, bytes: 0 };
      const bytes = share.bytes + payload.length;
      if (share.values >= this.#limits.asyncValues || bytes > this.#limits.asyncBytes) return false;
      this.#shares.set(name, { values: share.values + 1, bytes });
    }
    this.#queue.push(item);
    this.#wakers.shift()?.();
    return true;
  }

  /** The next value; undefined at the end. */
  async take(): Promise<Waiting | undefined> {
    while (this.#first === this.#queue.length) {
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
    const item = this.#queue[this.#first] as Waiting;
    this.#queue[this.#first++] = undefined;
    if (this.#first === this.#queue.length || this.#first > 1024) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
    this.#release(item);
    return item;
  }

  /** Nothing more comes; what waits can still be taken. */
  end(): void {
    this.#isOver = true;
    for (const wake of this.#wakers.splice(0)) wake();
  }

  /** Nothing more is wanted. */
  clear(): void {
    this.#queue.length = 0;
    this.#first = 0;
    this.#shares.clear();
    this.end();
  }

  #release({ name, payload, isNotice }: Waiting): void {
    if (isNotice) return void this.#notices--;
    const share = this.#shares.get(name);
    if (!share) return;
    share.values--;
    share.bytes -= payload.length;
    if (share.values === 0) this.#shares.delete(name);
  }
}

/** Hands async values to readers. What has no room in a reader's queue is dropped for that reader. */
export class AsyncValues {
  readonly #limits: AsyncLimits;
  readonly #log: Logger;
  readonly #readers = new Set<Reader>();
  readonly #dropped = new Map<string, number>();
  #report: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(limits: AsyncLimits, log: Logger) {
    this.#limits = limits;
    this.#log = log;
  }

  /**
   * @param name the plugin's
   * @param payload its JSON
   */
  put(name: string, payload: Uint8Array): void {
    this.#hand({ name, payload, isNotice: false });
  }

  /** The hub's own word about a plugin. */
  note(name: string, word: string): void {
    this.#hand({ name, payload: writePayload(word), isNotice: true });
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
    const reader = new Reader(this.#limits);
    const leave = () => {
      this.#readers.delete(reader);
      signal?.removeEventListener("abort", leave);
      reader.clear();
    };
    if (this.#isOver || signal?.aborted) reader.end();
    else this.#readers.add(reader);
    signal?.addEventListener("abort", leave, { once: true });
    return {
      next: async () => {
        for (let item = await reader.take(); item; item = await reader.take()) {
          const value = this.#parse(item, parse);
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
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    clearTimeout(this.#report);
    this.#reportDropped();
  }

  #hand(item: Waiting): void {
    for (const reader of this.#readers) {
      if (!reader.put(item)) this.#drop(item.name);
    }
  }

  #parse<T>(
    { name, payload }: Waiting,
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
      this.#log.warn("async values were dropped: they are not read as fast as they come", {
        plugin,
        count,
      });
    }
    this.#dropped.clear();
  }
}
