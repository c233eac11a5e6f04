// What async values wait in until their readers have taken them: once for all readers and all names.

/** Bounds of what waits, over all plugins. */
export interface AsyncLimits {
  readonly asyncValues: number;
  readonly asyncBytes: number;
  readonly asyncMs: number;
  /** Each plugin may be one value over the others' bound: that, after which it is not read on. */
  readonly plugins: number;
}

/** A value that waits. */
export interface AsyncEntry {
  /** The plugin's. */
  readonly name: string;
  /** JSON. */
  readonly payload: Uint8Array;
  /** Readers that have not taken it. */
  waiting: number;
}

/** Where a reader is. */
export interface AsyncCursor {
  /** Number of the entry that it takes next. */
  next: number;
  /** When it last took one, or got one to take after it had none; in milliseconds. */
  since: number;
  /** Whether that was too long ago: then nothing is held up for it any more. */
  isLate: boolean;
}

/** Taken entries that the list may keep room for. */
const HOLES = 1024;

/** The values that not all readers have taken, in their order. */
export class AsyncLog {
  readonly #limits: AsyncLimits;
  readonly #dropped: (entry: AsyncEntry) => void;
  readonly #cursors = new Set<AsyncCursor>();
  #entries: (AsyncEntry | undefined)[] = [];
  /** Index of the oldest in the list, and its number. */
  #first = 0;
  #firstNumber = 0;
  #bytes = 0;

  /** @param dropped is told of each value that a reader does not get */
  constructor(limits: AsyncLimits, dropped: (entry: AsyncEntry) => void) {
    this.#limits = limits;
    this.#dropped = dropped;
  }

  /** Whether there is no more room for values of plugins. */
  get isFull(): boolean {
    return this.#fills(1);
  }

  /** Whether half of the room is taken. */
  get isHalfFull(): boolean {
    return this.#fills(0.5);
  }

  /** A reader of what comes from now on. */
  open(): AsyncCursor {
    const cursor = { next: this.#end, since: performance.now(), isLate: false };
    this.#cursors.add(cursor);
    return cursor;
  }

  /** Whether something waits for a reader. */
  has(cursor: AsyncCursor): boolean {
    return cursor.next < this.#end;
  }

  /** Adds a value. What nobody reads is not kept. */
  put(name: string, payload: Uint8Array): void {
    if (this.#cursors.size === 0) return;
    const now = performance.now();
    for (const cursor of this.#cursors) if (cursor.next === this.#end) cursor.since = now;
    this.#entries.push({ name, payload, waiting: this.#cursors.size });
    this.#bytes += payload.length;
    const { asyncValues, asyncBytes, plugins } = this.#limits;
    while (this.#size > asyncValues + plugins || this.#bytes > 2 * asyncBytes) {
      if (this.#size === 1) break;
      this.#dropOldest();
    }
    this.dropForLate();
  }

  /** The next value for a reader. */
  take(cursor: AsyncCursor): AsyncEntry | undefined {
    const entry = this.#at(cursor.next);
    if (!entry) return undefined;
    cursor.since = performance.now();
    cursor.isLate = false;
    this.#pass(cursor);
    return entry;
  }

  /** A reader wants nothing more. */
  close(cursor: AsyncCursor): void {
    if (!this.#cursors.delete(cursor)) return;
    while (this.has(cursor)) this.#pass(cursor);
  }

  /** Marks the readers that have taken nothing for too long, and makes room at their expense. */
  expire(): void {
    const latest = performance.now() - this.#limits.asyncMs;
    for (const cursor of this.#cursors) {
      if (this.has(cursor) && cursor.since <= latest) cursor.isLate = true;
    }
    this.dropForLate();
  }

  /** Keeps no more for late readers than half of the room: drops the oldest that only they wait for. */
  dropForLate(): void {
    while (this.isHalfFull && this.#size > 1 && this.#isLeftToLate()) this.#dropOldest();
  }

  #isLeftToLate(): boolean {
    for (const { next, isLate } of this.#cursors) {
      if (next === this.#firstNumber && !isLate) return false;
    }
    return true;
  }

  #dropOldest(): void {
    const oldest = this.#at(this.#firstNumber) as AsyncEntry;
    const late = [...this.#cursors].filter(({ next }) => next === this.#firstNumber);
    for (const cursor of late) {
      this.#dropped(oldest);
      this.#pass(cursor);
    }
  }

  #fills(part: number): boolean {
    const { asyncValues, asyncBytes } = this.#limits;
    return this.#size >= part * asyncValues || this.#bytes >= part * asyncBytes;
  }

  get #size(): number {
    return this.#entries.length - this.#first;
  }

  get #end(): number {
    return this.#firstNumber + this.#size;
  }

  #at(number: number): AsyncEntry | undefined {
    return this.#entries[this.#first + number - this.#firstNumber];
  }

  /** A reader is past its next entry, which goes when all are. */
  #pass(cursor: AsyncCursor): void {
    (this.#at(cursor.next) as AsyncEntry).waiting--;
    cursor.next++;
    for (let oldest = this.#entries[this.#first]; oldest?.waiting === 0;) {
      this.#bytes -= oldest.payload.length;
      this.#entries[this.#first++] = undefined;
      this.#firstNumber++;
      oldest = this.#entries[this.#first];
    }
    if (this.#first === this.#entries.length || this.#first > HOLES) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
