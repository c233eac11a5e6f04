// Lets in who has a key, and tells the others in a friendly way how to get one.
//
//   curl -i http://127.0.0.1:8000/                                      401, and why
//   curl -i http://127.0.0.1:8000/ -H "x-api-key: open-sesame"          through
//   curl -i "http://127.0.0.1:8000/?apikey=open-sesame"                 through; the service never sees the key
import { timingSafeEqual } from "node:crypto";
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  // Above the rate limiter: who is not let in does not use up anybody's limit.
  priority: 1200,
  config: v.object({
    keys: v.pipe(
      v.set(v.pipe(v.string(), v.minLength(8, "A key needs 8 characters."))),
      v.minSize(1),
      v.description("Keys of those who are let in."),
      v.metadata({ kong: { encrypted: true } }),
    ),
    header: v.pipe(
      v.optional(v.pipe(v.string(), v.nonEmpty()), "x-api-key"),
      v.description("Name of the header that carries the key."),
    ),
    help: v.pipe(
      v.optional(v.pipe(v.string(), v.url())),
      v.description("Where people can ask for a key."),
    ),
  }),

  // Once for each configuration, not once for each request.
  init({ keys }) {
    return [...keys].map((key) => new TextEncoder().encode(key));
  },

  async access(kong, { header, help }, keys) {
    const inHeader = await kong.request.getHeader(header);
    const inQuery = inHeader === undefined ? await kong.request.getQueryArg("apikey") : undefined;
    const given = inHeader ?? inQuery;
    if (typeof given !== "string") {
      return kong.response.exit(401, {
        message: `This service wants to know who you are. Send your key in the header ${header}.`,
        help,
      }, { "www-authenticate": "Key" });
    }
    if (!keys.some((key) => equals(key, given))) {
      return kong.response.exit(401, {
        message: "This key opens nothing here. Was it copied whole?",
        help,
      }, { "www-authenticate": "Key" });
    }
    if (inHeader !== undefined) return kong.service.request.clearHeader(header);
    const { apikey: _, ...others } = await kong.request.getQuery();
    return kong.service.request.setQuery(others);
  },
});

/** Takes the same time wherever the texts differ, so that a key cannot be guessed bit by bit. */
function equals(key: Uint8Array, given: string): boolean {
  const bytes = new TextEncoder().encode(given);
  return bytes.length === key.length && timingSafeEqual(bytes, key);
}
