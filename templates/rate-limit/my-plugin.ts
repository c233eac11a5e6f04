// Lets each client make so many requests in a while.
import { definePlugin } from "gibbon";
import * as v from "valibot";

/** How often a client has come. */
interface Count {
  used: number;
  /** When it begins anew, in Unix milliseconds. */
  readonly until: number;
}

export default definePlugin({
  version: "0.1.0",
  // After authentication: who is not let in uses up nobody's limit.
  priority: 910,
  config: v.object({
    limit: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 60),
      v.description("Requests that a client may make."),
    ),
    seconds: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)), 60),
      v.description("The time after which a count begins anew."),
    ),
  }),

  // Counts are in memory: each of Kong's worker processes has an instance, which counts by itself.
  init({ seconds }) {
    const counts = new Map<string, Count>();
    const sweeper = setInterval(() => {
      for (const [client, { until }] of counts) if (until <= Date.now()) counts.delete(client);
    }, seconds * 1000);
    return { counts, sweeper };
  },

  close({ sweeper }) {
    clearInterval(sweeper);
  },

  async access(kong, { limit, seconds }, { counts }) {
    const consumer = await kong.client.getConsumer();
    const client = consumer?.id ?? await kong.client.getForwardedIp();
    const now = Date.now();
    let count = counts.get(client);
    if (!count || count.until <= now) {
      count = { used: 0, until: now + seconds * 1000 };
      counts.set(client, count);
    }
    count.used++;
    const reset = Math.ceil((count.until - now) / 1000);
    const left = limit - count.used;
    if (left < 0) {
      kong.response.exit(429, { message: `Try again in ${reset} s.` }, { "retry-after": reset });
    }
    kong.response.setHeaders({ "ratelimit-remaining": left, "ratelimit-reset": reset });
  },
});
