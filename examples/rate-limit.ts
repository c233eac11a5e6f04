// Lets each client make so many requests in a while, and says in headers how many are left.
//
//   for i in 1 2 3 4 5 6; do
//     curl -s -o /dev/null -w "%{http_code} %header{ratelimit-remaining}\n" \
//       http://127.0.0.1:8000/ -H "x-api-key: open-sesame"
//   done                                                                200 five times, then 429
//
// Counts are kept in memory. Kong starts an instance in each of its worker processes, so each of
// them counts by itself.
import { clearInterval, setInterval } from "node:timers";
import { definePlugin } from "gibbon";
import * as v from "valibot";

/** One client's count. */
interface Count {
  used: number;
  /** When it begins anew, in Unix milliseconds. */
  readonly until: number;
}

export default definePlugin({
  version: "1.0.0",
  priority: 900,
  config: v.object({
    limit: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 60),
      v.description("Requests that a client may make."),
    ),
    seconds: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)), 60),
      v.description("The time after which a count begins anew."),
    ),
    by: v.pipe(
      v.optional(v.picklist(["ip", "consumer"]), "ip"),
      v.description("What makes two requests the same client's."),
    ),
  }),

  init({ seconds }) {
    const counts = new Map<string, Count>();
    const sweeper = setInterval(() => {
      const now = Date.now();
      for (const [client, { until }] of counts) if (until <= now) counts.delete(client);
    }, seconds * 1000);
    return { counts, sweeper };
  },

  close({ sweeper }) {
    clearInterval(sweeper);
  },

  async access(kong, { limit, seconds, by }, { counts }) {
    const consumer = by === "consumer" ? await kong.client.getConsumer() : undefined;
    const client = consumer?.id ?? await kong.client.getForwardedIp();

    const now = Date.now();
    let count = counts.get(client);
    if (!count || count.until <= now) {
      count = { used: 0, until: now + seconds * 1000 };
      counts.set(client, count);
    }
    count.used++;

    const reset = Math.ceil((count.until - now) / 1000);
    const headers = {
      "ratelimit-limit": limit,
      "ratelimit-remaining": Math.max(limit - count.used, 0),
      "ratelimit-reset": reset,
    };
    if (count.used > limit) {
      return kong.response.exit(429, {
        message: `That was quick. Try again in ${reset} s.`,
      }, { ...headers, "retry-after": reset });
    }
    return kong.response.setHeaders(headers);
  },
});
