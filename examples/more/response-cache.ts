// Keeps answers for a while, and gives them again without asking the service.
//
//   curl -i http://127.0.0.1:8000/news        x-cache: miss
//   curl -i http://127.0.0.1:8000/news        x-cache: hit, and its age
//
// Kept are answers of 200 to GET that do not forbid it, for requests that nobody signs in with. What is
// kept is bounded, and is in memory: each of Kong's worker processes has its own.
import { definePlugin } from "gibbon";
import * as v from "valibot";

/** An answer that is kept. */
interface Kept {
  readonly body: Uint8Array;
  readonly type: string;
  /** In Unix milliseconds. */
  readonly since: number;
  readonly until: number;
}

/** Requests of one client alone. */
const PERSONAL = ["authorization", "cookie"];

const KEY = "response-cache.key";

export default definePlugin({
  version: "1.0.0",
  priority: 850,
  config: v.object({
    seconds: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)), 30),
      v.description("How long an answer is kept that does not say it."),
    ),
    entries: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1000),
    bytes: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 64 * 1024),
      v.description("The longest body that is kept."),
    ),
  }),

  init: () => new Map<string, Kept>(),

  async access(kong, _config, kept) {
    if (await kong.request.getMethod() !== "GET") return;
    const headers = await kong.request.getHeaders();
    if (PERSONAL.some((name) => name in headers)) return;
    const key = `${await kong.request.getHost()} ${await kong.request.getPathWithQuery()}`;
    const found = kept.get(key);
    const now = Date.now();
    if (found && found.until > now) {
      return kong.response.exit(200, found.body, {
        "content-type": found.type,
        "x-cache": "hit",
        "age": Math.floor((now - found.since) / 1000),
      });
    }
    kept.delete(key);
    // An answer that comes without this word is not for others.
    kong.ctx.shared.set(KEY, key);
    kong.response.setHeader("x-cache", "miss");
  },

  async response(kong, { seconds, entries, bytes }, kept) {
    const key = await kong.ctx.shared.get(KEY);
    if (typeof key !== "string" || await kong.service.response.getStatus() !== 200) return;
    const type = await kong.service.response.getHeader("content-type");
    const own = ["set-cookie", "vary", "content-encoding"];
    const headers = await Promise.all(own.map((name) => kong.service.response.getHeader(name)));
    const lifetime = lifetimeOf(await kong.service.response.getHeader("cache-control"), seconds);
    if (headers.some((value) => value !== undefined) || type === undefined || lifetime <= 0) return;
    const body = await kong.service.response.getRawBody();
    if (body === undefined || body.length > bytes) return;
    // The oldest one goes.
    const [oldest] = kept.keys();
    if (kept.size >= entries && oldest !== undefined) kept.delete(oldest);
    const since = Date.now();
    kept.set(key, { body, type, since, until: since + lifetime * 1000 });
  },
});

/** How many seconds an answer may be kept, by what it says itself. */
function lifetimeOf(control: string | undefined, otherwise: number): number {
  if (control === undefined) return otherwise;
  if (/\b(?:no-store|no-cache|private)\b/i.test(control)) return 0;
  const [, age] = /\b(?:s-maxage|max-age)=(\d+)/i.exec(control) ?? [];
  return age === undefined ? otherwise : Math.min(Number(age), 86_400);
}
