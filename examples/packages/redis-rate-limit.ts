// Lets each client make so many requests in a while, counted in Redis for all of Kong's workers and nodes.
//
//   npm install ioredis
//   for i in 1 2 3 4 5 6; do curl -s -o /dev/null -w "%{http_code}\n" http://127.0.0.1:8000/; done
//
// What happens while Redis is away is said by `without`: requests go on, or wait for better times.
import { definePlugin } from "gibbon";
import { Redis } from "ioredis";
import * as v from "valibot";

/** Counts, and starts the window with the first request, in one step: nothing can come in between. */
const COUNT = `
local used = redis.call("INCR", KEYS[1])
if used == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return { used, redis.call("PTTL", KEYS[1]) }`;

export default definePlugin({
  version: "1.0.0",
  priority: 905,
  config: v.object({
    redis: v.pipe(
      v.string(),
      v.regex(/^(?:rediss?:\/\/|\/)/),
      v.description("Where Redis is: redis://user:password@host:6379/0, or its socket's path."),
      v.metadata({ kong: { referenceable: true, encrypted: true } }),
    ),
    limit: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 60),
      v.description("Requests that a client may make."),
    ),
    seconds: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)), 60),
      v.description("The time after which a count begins anew."),
    ),
    without: v.pipe(
      v.optional(v.picklist(["allow", "deny"]), "deny"),
      v.description("What becomes of requests while Redis does not answer."),
    ),
    timeout: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(10)), 500),
      v.description("How long Redis may take, in milliseconds."),
    ),
  }),

  init({ redis, timeout }) {
    const client = new Redis(redis, {
      commandTimeout: timeout,
      connectTimeout: timeout,
      // A request does not wait for a connection that may never come.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      lazyConnect: true,
      retryStrategy: (times) => Math.min(100 * times, 2000),
    });
    // It is told where a request needs it; without a listener it would be an uncaught error.
    client.on("error", () => {});
    return client.connect().then(() => client, () => client);
  },

  close(client) {
    client.disconnect();
  },

  async access(kong, { limit, seconds, without }, client) {
    const consumer = await kong.client.getConsumer();
    const who = consumer?.id ?? await kong.client.getForwardedIp();
    const key = `rate:${who}:${seconds}`;
    let used: number;
    let leftMs: number;
    try {
      [used, leftMs] = await client.eval(COUNT, 1, key, seconds * 1000) as [number, number];
    } catch (error) {
      kong.log.err("Redis does not count: ", error);
      if (without === "allow") return;
      return kong.response.exit(503, { message: "Requests cannot be counted just now." });
    }
    const reset = Math.ceil(leftMs / 1000);
    const headers = {
      "ratelimit-limit": limit,
      "ratelimit-remaining": Math.max(limit - used, 0),
      "ratelimit-reset": reset,
    };
    if (used > limit) {
      const message = { message: `Try again in ${reset} s.` };
      return kong.response.exit(429, message, { ...headers, "retry-after": reset });
    }
    kong.response.setHeaders(headers);
  },
});
