// What gibbon is compared with Kong's Go servers by; the same plugin in Go is beside it.
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  name: "tour",
  version: "1.2.3",
  priority: 7,
  config: v.object({
    greeting: v.optional(v.pipe(v.string(), v.minLength(1))),
    names: v.optional(v.array(v.pipe(v.string(), v.minLength(1)))),
    limit: v.optional(v.number()),
  }),

  async access(kong, config) {
    const path = await kong.request.getPath();
    if (path === "/panic") throw new Error("broken on purpose");
    if (path === "/deny") {
      kong.response.exit(403, `${config.greeting}, no`, { "X-Why": ["a", "b"] });
    }
    const method = await kong.request.getMethod();
    const host = await kong.request.getHeader("host");
    await kong.request.getHeader("x-not-there");
    const port = await kong.request.getPort();
    const query = await kong.request.getQuery(10);
    const headers = await kong.request.getHeaders(20);
    const body = await kong.request.getRawBodyText();
    await kong.service.request.setHeader("X-Seen", `${method} ${host} ${query["q"]?.[0]}`);
    await kong.service.request.addHeader("X-Accept", headers["accept"]?.[1] ?? "");
    await kong.service.request.clearHeader("x-gone");
    await kong.service.request.setRawBody(`${body}!`);
    await kong.service.setTarget("127.0.0.1", port);
    const consumer = await kong.client.getConsumer();
    await kong.ctx.shared.set("who", consumer?.username);
    const who = await kong.ctx.shared.get("who");
    await kong.log.info("seen by ", who);
    await kong.response.setHeader("X-Greeting", config.greeting ?? "");
    await kong.response.setHeaders({ "X-Many": ["1", "2"] });
  },

  async log(kong) {
    if (await kong.response.getStatus() === 200) await kong.log.warn("well");
  },
});
