// kong.plugin: the plugin's own entity in Kong.
import type { PdkCaller } from "./caller.ts";

/** `kong.plugin`: the running plugin. */
export class KongPlugin {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * The UUID of the plugin's configuration.
   *
   * Phases: all. Since Kong 3.3. Not over ProtoBuf:1.
   */
  getId(): Promise<string> {
    return this.#caller.call("kong.plugin.get_id");
  }
}
