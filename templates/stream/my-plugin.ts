// Looks at connections of TCP and TLS before they go on: who comes in, and which server they get.
import { BlockList, isIPv6 } from "node:net";
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  version: "0.1.0",
  priority: 1000,
  config: v.object({
    deny: v.pipe(
      v.optional(v.array(v.string()), []),
      v.description("Addresses, and networks such as 10.0.0.0/8, that are not let in."),
    ),
    servers: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      v.description("Servers by the name that a TLS client asks for (SNI): HOST:PORT."),
    ),
  }),

  // What is no address fails here, and no connection comes in.
  init({ deny }) {
    const denied = new BlockList();
    for (const one of deny) {
      const [address = "", bits] = one.split("/");
      const family = isIPv6(address) ? "ipv6" : "ipv4";
      if (bits === undefined) denied.addAddress(address, family);
      else denied.addSubnet(address, Number(bits), family);
    }
    return denied;
  },

  // With preread a plugin can be on routes of the protocols tcp, tls and tls_passthrough.
  async preread(kong, { servers }, denied) {
    const ip = await kong.client.getIp();
    if (denied.check(ip, isIPv6(ip) ? "ipv6" : "ipv4")) {
      kong.log.notice("turned away ", ip);
      kong.response.exit(403);
    }
    const name = await kong.nginx.getVar("ssl_preread_server_name");
    const server = typeof name === "string" ? servers[name] : undefined;
    if (server === undefined) return;
    const at = server.lastIndexOf(":");
    kong.service.setTarget(server.slice(0, at), Number(server.slice(at + 1)));
  },
});
