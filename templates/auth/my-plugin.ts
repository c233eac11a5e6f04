// Lets in who has a key, and tells the service who that is.
import { createHash, timingSafeEqual } from "node:crypto";
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "0.1.0",
  // Where Kong's own authentication runs: before rate limits and transformations.
  priority: 1100,
  config: v.object({
    header: v.pipe(
      v.optional(v.pipe(v.string(), v.nonEmpty()), "x-api-key"),
      v.description("Name of the header that carries the key."),
    ),
    // Kong keeps an encrypted field so, where it is configured to.
    keys: v.pipe(
      v.record(v.pipe(v.string(), v.nonEmpty()), v.string()),
      v.description("Who has which key: names by keys."),
      v.metadata({ kong: { encrypted: true } }),
    ),
  }),

  // Once for each configuration, not once for each request.
  init({ keys }) {
    return Object.entries(keys).map(([key, name]) => ({ digest: digestOf(key), name }));
  },

  // A plugin that fails lets nobody in: the client gets a 500.
  async access(kong, { header }, known) {
    const given = await kong.request.getHeader(header);
    if (given === undefined) {
      return kong.response.exit(401, { message: `Send your key in the header ${header}.` });
    }
    const digest = digestOf(given);
    const owner = known.find((one) => timingSafeEqual(one.digest, digest));
    if (!owner) return kong.response.exit(403, { message: "This key opens nothing here." });
    // The service gets the name, and never the key.
    kong.service.request.clearHeader(header);
    kong.service.request.setHeader("x-authenticated-as", owner.name);
  },
});

/** All digests are of one length, so comparing them takes the same time for every key. */
function digestOf(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}
