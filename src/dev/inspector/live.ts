// The live stream: what has changed, in batches, to everybody who has the page open.
import type { ServerResponse } from "node:http";
import { clearTimeout, setTimeout } from "node:timers";
import type { Recording } from "./recording.ts";
import { summaryOf } from "./summary.ts";
import type { LiveBatch } from "./view.ts";

/** How the stream is bounded. */
export interface LiveLimits {
  /** Pages at once. */
  readonly clients: number;
  /** Between two batches, in milliseconds. */
  readonly everyMs: number;
  /** Requests in a batch; the others are counted. */
  readonly batch: number;
  /** A page that has so much unread gets no batch, in bytes. */
  readonly unreadBytes: number;
}

/** A page gets at most 400 requests a second: more than anybody reads. */
export const LIVE_LIMITS: LiveLimits = {
  clients: 16,
  everyMs: 250,
  batch: 100,
  unreadBytes: 512 * 1024,
};

/** How often a silent stream says that it lives, in milliseconds. */
const BEAT_MS = 15_000;

/** A page that listens. */
interface Listening {
  readonly response: ServerResponse;
  /** Requests that it was not told of. */
  dropped: number;
  cleared: boolean;
}

/** Tells pages what changes. Nothing is done while there are none. */
export class LiveStream {
  readonly #limits: LiveLimits;
  readonly #state: () => Pick<LiveBatch, "total" | "problems">;
  readonly #pages = new Set<Listening>();
  #changed = new Map<string, Recording>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;

  /** @param state goes with every batch */
  constructor(
    state: () => Pick<LiveBatch, "total" | "problems">,
    limits: LiveLimits = LIVE_LIMITS,
  ) {
    this.#state = state;
    this.#limits = limits;
  }

  /** Whether there is room for another page. */
  get isFull(): boolean {
    return this.#pages.size >= this.#limits.clients;
  }

  /** Takes in a page; its response is the stream, until one of the two ends it. */
  join(response: ServerResponse): void {
    const page: Listening = { response, dropped: 0, cleared: false };
    this.#pages.add(page);
    response.on("close", () => {
      this.#pages.delete(page);
      if (this.#pages.size === 0) this.#rest();
    });
    response.write("retry: 1000\n\n");
    this.#beat ??= setInterval(() => {
      for (const { response } of this.#pages) response.write(": here\n\n");
    }, BEAT_MS);
  }

  changed(recording: Recording): void {
    if (this.#pages.size === 0) return;
    this.#changed.set(recording.id, recording);
    this.#wake();
  }

  /** What goes with every batch is another one. */
  stateChanged(): void {
    if (this.#pages.size > 0) this.#wake();
  }

  /** All requests are forgotten. */
  cleared(): void {
    this.#changed.clear();
    for (const page of this.#pages) {
      page.cleared = true;
      page.dropped = 0;
    }
    this.#wake();
  }

  /** Ends all streams. */
  close(): void {
    for (const { response } of this.#pages) response.end();
    this.#pages.clear();
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#beat);
    this.#timer = this.#beat = undefined;
    this.#changed.clear();
  }

  #wake(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, this.#limits.everyMs);
  }

  /** Sends the newest ones. A page that does not keep up is only told how many it missed. */
  #flush(): void {
    const all = [...this.#changed.values()];
    this.#changed = new Map();
    const told = all.slice(-this.#limits.batch);
    const changed = told.map(summaryOf);
    for (const page of this.#pages) {
      const { response } = page;
      if (response.writableLength > this.#limits.unreadBytes) {
        page.dropped += all.length;
        continue;
      }
      const dropped = page.dropped + all.length - told.length;
      const batch: LiveBatch = { ...this.#state(), changed, dropped, cleared: page.cleared };
      page.dropped = 0;
      page.cleared = false;
      response.write(`data: ${JSON.stringify(batch)}\n\n`);
    }
  }
}
