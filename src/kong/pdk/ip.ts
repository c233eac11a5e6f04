// kong.ip: Kong's trust in addresses.
import type { PdkCaller } from "./caller.ts";

/** `kong.ip`: which addresses are trusted. */
export class KongIp {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * Whether an address is among Kong's `trusted_ips`: what it forwards is believed.
   *
   * Phases: all.
   */
  isTrusted(address: string): Promise<boolean> {
    return this.#caller.call("kong.ip.is_trusted", [address]);
  }
}
