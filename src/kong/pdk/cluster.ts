// kong.cluster: the cluster that this Kong belongs to.
import type { PdkCaller } from "./caller.ts";

/** `kong.cluster`: the cluster of Kong nodes. */
export class KongCluster {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The cluster's UUID, the same on all of its nodes; undefined if Kong cannot tell.
   *
   * Phases: all. Since Kong 2.3. Not over ProtoBuf:1.
   */
  getId(): Promise<string | undefined> {
    return this.#caller.call("kong.cluster.get_id");
  }
}
