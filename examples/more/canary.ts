// Sends a part of the clients to a new version of the service, and those who ask for it by a header.
//
//   curl -i http://127.0.0.1:8000/                             one in five clients: to the canary
//   curl -i http://127.0.0.1:8000/ -H "x-canary: always"       to the canary
//   curl -i http://127.0.0.1:8000/ -H "x-canary: never"        to the service as it was
//
// See x-served-by in the answer. A client stays where it is, as long as the weight does not change.
import { createHash } from "node:crypto";
import { definePlugin, type Kong } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  priority: 800,
  config: v.object({
    host: v.pipe(v.string(), v.nonEmpty(), v.description("Host of the new version.")),
    port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), 80),
    weight: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 0),
      v.description("How many of a hundred clients get the new version."),
    ),
    header: v.pipe(
      v.optional(v.pipe(v.string(), v.nonEmpty()), "x-canary"),
      v.description("Header with which a client says always or never."),
    ),
  }),

  async access(kong, { host, port, weight, header }) {
    const wish = (await kong.request.getHeader(header))?.toLowerCase();
    const isCanary = wish === "always" ||
      (wish !== "never" && share(await clientOf(kong)) < weight / 100);
    if (isCanary) kong.service.setTarget(host, port);
    kong.service.request.clearHeader(header);
    kong.response.setHeader("x-served-by", isCanary ? "canary" : "stable");
  },
});

/** What a client is known by: its consumer, or its address. */
async function clientOf({ client }: Kong): Promise<string> {
  return (await client.getConsumer())?.id ?? await client.getForwardedIp();
}

/** A number from 0 up to 1, always the same for a text. */
function share(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE() / 2 ** 32;
}
