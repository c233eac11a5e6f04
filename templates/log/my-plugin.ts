// Sends a line for each request to an HTTP endpoint: several at once, and later where it is away.
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "0.1.0",
  // After all others, so that the line has what they did.
  priority: 5,
  // It guards nothing: a request goes on, whatever becomes of its line.
  onError: "continue",
  config: v.object({
    url: v.pipe(v.string(), v.url(), v.description("Where lines are sent, as a JSON array.")),
    batch: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 100),
      v.description("How many lines are sent at once, at most."),
    ),
    seconds: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(1)), 5),
      v.description("How long a line waits for others, at most."),
    ),
    keep: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 10_000),
      v.description("How many lines are kept while the endpoint is away. The oldest go first."),
    ),
  }),

  init({ url, batch, seconds, keep }) {
    const shipper = new Shipper(url, batch, keep);
    const timer = setInterval(() => shipper.ship(), seconds * 1000);
    return { shipper, timer };
  },

  async close({ shipper, timer }) {
    clearInterval(timer);
    await shipper.flush();
  },

  async log(kong, { batch }, { shipper }) {
    const { request, response, latencies, client_ip } = await kong.log.serialize();
    shipper.add({
      at: new Date().toISOString(),
      client: client_ip,
      method: request?.method,
      path: request?.uri,
      status: response?.status,
      ms: latencies?.request,
    });
    // Nothing here is awaited: Kong need not wait for the endpoint.
    if (shipper.waiting >= batch) void shipper.ship();
  },
});

/** Lines that wait to be sent. */
class Shipper {
  readonly #url: string;
  readonly #batch: number;
  readonly #keep: number;
  readonly #lines: unknown[] = [];
  #shipping: Promise<void> | undefined;
  /** Lines that were given up since the last one arrived. */
  #lost = 0;

  constructor(url: string, batch: number, keep: number) {
    this.#url = url;
    this.#batch = batch;
    this.#keep = keep;
  }

  get waiting(): number {
    return this.#lines.length;
  }

  add(line: unknown): void {
    this.#lines.push(line);
    if (this.#lines.length <= this.#keep) return;
    this.#lines.shift();
    this.#lost++;
  }

  /** Sends what waits; what does not arrive stays for the next time. Never fails. */
  ship(): Promise<void> {
    return this.#shipping ??= this.#send().catch((error) => {
      console.warn(`${this.#lines.length} lines wait:`, error);
    }).finally(() => this.#shipping = undefined);
  }

  /** The same, with lines that came while others were on their way. */
  async flush(): Promise<void> {
    await this.#shipping;
    await this.ship();
  }

  async #send(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines.slice(0, this.#batch);
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(lines),
        signal: AbortSignal.timeout(5000),
      });
      if (!answer.ok) throw new Error(`${this.#url} answered ${answer.status}`);
      // Some of them may have been given up meanwhile.
      const sent = new Set(lines);
      while (sent.has(this.#lines[0])) this.#lines.shift();
      if (this.#lost > 0) console.warn(`${this.#lost} lines were given up`);
      this.#lost = 0;
    }
  }
}
