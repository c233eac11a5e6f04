// Sends what Kong logs of each request to a collector, in batches, and tries again when it is away.
//
//   curl -s http://127.0.0.1:8000/ > /dev/null      a record, sent with others after five seconds
//
// Records are JSON, one a line. When too many wait, the oldest are lost, and the log says how many.
import { definePlugin } from "gibbon";
import * as v from "valibot";

const settings = v.object({
  url: v.pipe(v.string(), v.url(), v.description("Where batches are sent, by POST.")),
  batch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 100),
  seconds: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(3600)), 5),
    v.description("How long a record waits for others."),
  ),
  waiting: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 10_000),
    v.description("How many records may wait while the collector is away."),
  ),
});

export default definePlugin({
  version: "1.0.0",
  priority: 10,
  // It guards nothing: requests go on without it.
  onError: "continue",
  config: settings,
  init: (config) => new Shipper(config),
  close: (shipper) => shipper.close(),

  async log(kong, _config, shipper) {
    const lost = shipper.add(JSON.stringify(await kong.log.serialize()));
    if (lost > 0) kong.log.warn(lost, " records were lost: the collector is away");
  },
});

/** The longest pause between two tries, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;

/** Collects records, and sends them. */
class Shipper {
  readonly #config: v.InferOutput<typeof settings>;
  #records: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #lost = 0;
  #sending: Promise<void> | undefined;

  constructor(config: v.InferOutput<typeof settings>) {
    this.#config = config;
  }

  /** Takes a record; gives how many were lost since it was asked last. */
  add(record: string): number {
    this.#records.push(record);
    if (this.#records.length > this.#config.waiting) {
      this.#records.shift();
      this.#lost++;
    }
    const isFull = this.#records.length >= this.#config.batch && this.#failures === 0;
    if (isFull) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#config.seconds * 1000);
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** Sends what is left, once. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    while (this.#records.length > 0 && await this.#post());
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => this.#sending = undefined);
  }

  /** Sends batches until none is full; after a failure it pauses, longer each time. */
  async #sendAll(): Promise<void> {
    do {
      if (await this.#post()) this.#failures = 0;
      else {
        this.#failures++;
        const pause = this.#config.seconds * 1000 * 2 ** this.#failures;
        this.#timer ??= setTimeout(() => this.#send(), Math.min(pause, LONGEST_PAUSE_MS));
        return;
      }
    } while (this.#records.length >= this.#config.batch);
    if (this.#records.length > 0) {
      this.#timer ??= setTimeout(() => this.#send(), this.#config.seconds * 1000);
    }
  }

  /** Sends one batch; gives whether it has arrived. */
  async #post(): Promise<boolean> {
    const batch = this.#records.splice(0, this.#config.batch);
    if (batch.length === 0) return true;
    try {
      const { ok, body } = await fetch(this.#config.url, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body: batch.join("\n"),
        signal: AbortSignal.timeout(10_000),
      });
      await body?.cancel();
      if (ok) return true;
    } catch {
      // Away, or too slow.
    }
    this.#records.unshift(...batch);
    const most = this.#config.waiting;
    if (this.#records.length > most) {
      this.#lost += this.#records.length - most;
      this.#records.splice(0, this.#records.length - most);
    }
    return false;
  }
}
