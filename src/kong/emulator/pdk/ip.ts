// kong.ip: which addresses Kong believes.
import { inRange } from "../http/ip_ranges.ts";
import { ANY, inPhases, text } from "./function.ts";

/** Functions of `kong.ip`. */
export const ip = inPhases(ANY, {
  "kong.ip.is_trusted": ({ node }, args) => {
    const address = text(args[0], "the address");
    return node.trustedIps.some((range) => inRange(address, range));
  },
});
