// Gives each request an id that client, service and log share, and tells the client how long it took.
//
//   curl -i http://127.0.0.1:8000/ -H "x-api-key: open-sesame"
//   curl -i http://127.0.0.1:8000/ -H "x-api-key: open-sesame" -H "x-request-id: mine"
//
// See x-request-id and server-timing in the answer, and the line in the log.
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  // Before everything else: requests that are refused have an id too.
  priority: 3000,
  // It guards nothing. If it fails, requests go on without an id.
  onError: "continue",
  config: v.object({
    header: v.pipe(
      v.optional(v.pipe(v.string(), v.nonEmpty()), "x-request-id"),
      v.description("Name of the header, towards the service and the client."),
    ),
    trust: v.pipe(
      v.optional(v.boolean(), true),
      v.description("Whether an id that the client sends is kept."),
    ),
  }),

  async access(kong, { header, trust }) {
    const given = trust ? await kong.request.getHeader(header) : undefined;
    const id = given ?? crypto.randomUUID();
    // These wait for nothing: they go out in this order, and the phase ends when all are done.
    kong.ctx.shared.set("request-id", id);
    kong.ctx.shared.set("request-id.began", Date.now());
    kong.service.request.setHeader(header, id);
    kong.response.setHeader(header, id);
  },

  async response(kong) {
    const began = await kong.ctx.shared.get("request-id.began");
    if (typeof began !== "number") return;
    return kong.response.setHeader("server-timing", `service;dur=${Date.now() - began}`);
  },

  async log(kong) {
    const id = await kong.ctx.shared.get("request-id");
    const status = await kong.response.getStatus();
    return kong.log.notice("request ", id, " was answered with ", status);
  },
});
