// Leads connections of TLS to databases by the name that the client asks for, and opens none of them.
//
//   curl -v https://blue.db.example:5432/       through Kong, at a route with protocols: ["tls_passthrough"]
//
// gibbon dev serves no streams: the test beside it is where to try it.
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  priority: 500,
  config: v.object({
    targets: v.pipe(
      v.record(
        v.pipe(v.string(), v.nonEmpty()),
        v.object({
          host: v.pipe(v.string(), v.nonEmpty()),
          port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
        }),
      ),
      v.description("Where each name leads."),
    ),
    clients: v.pipe(
      v.optional(v.set(v.pipe(v.string(), v.nonEmpty())), new Set<string>()),
      v.description("Addresses that may connect; all of them if there are none."),
    ),
  }),

  async preread(kong, { targets, clients }) {
    const ip = await kong.client.getIp();
    if (clients.size > 0 && !clients.has(ip)) {
      return kong.response.exit(403, `${ip} may not connect`);
    }
    const name = (await kong.nginx.getVar("ssl_preread_server_name"))?.toLowerCase() ?? "";
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
    if (!target) return kong.response.exit(403, `nothing is called ${JSON.stringify(name)}`);
    await kong.service.setTarget(target.host, target.port);
  },

  async log(kong) {
    const record = await kong.log.serialize();
    kong.log.info("a connection of ", record.client_ip, " is over");
  },
});
