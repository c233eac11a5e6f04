// kong.cluster: the cluster that the node is in.
import { ANY, inPhases } from "./function.ts";

/** Functions of `kong.cluster`. */
export const cluster = inPhases(ANY, {
  "kong.cluster.get_id": ({ node }) => node.clusterId,
});
