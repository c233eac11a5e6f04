// kong.ctx: what plugins and phases of one request tell each other.
import type { PdkCaller } from "./caller.ts";

/** `kong.ctx`: what belongs to the request. */
export class KongCtx {
  /** Values that all plugins share for the length of the request. */
  readonly shared: KongCtxShared;

  constructor(caller: PdkCaller) {
    this.shared = new KongCtxShared(caller);
  }
}

/** `kong.ctx.shared`: values for the length of the request, seen by all plugins. */
export class KongCtxShared {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * What was kept under a name by any plugin, in any phase of this request; undefined if nothing
   * was. An empty object that was kept may come back as an empty array.
   *
   * Phases: all. Since Kong 2.1.
   */
  get(k: string): Promise<unknown> {
    return this.#caller.call("kong.ctx.shared.get", [k]);
  }

  /**
   * Keeps a value under a name for later phases and other plugins of this request; undefined removes
   * it. Strings, numbers, booleans, bytes, and arrays and objects of them.
   *
   * Phases: all. Since Kong 2.1.
   */
  set(k: string, v: unknown): Promise<void> {
    return this.#caller.call("kong.ctx.shared.set", [k, v]);
  }
}
