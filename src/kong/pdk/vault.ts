// kong.vault: secrets that Kong fetches for plugins.
import type { PdkCaller } from "./caller.ts";
import type { VaultReference } from "./entities.ts";
import { mapOf, recordOf } from "./results.ts";

/** `kong.vault`: references to secrets, `{vault://name/resource/key}`, and their values. */
export class KongVault {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * Makes Kong forget the secrets that it has fetched, for all plugins of the node.
   *
   * Phases: all. Since Kong 3.3. Not over ProtoBuf:1.
   */
  flush(): Promise<void> {
    return this.#caller.call("kong.vault.flush");
  }

  /**
   * Whether a text is a reference to a secret.
   *
   * Phases: all. Since Kong 2.8. Not over ProtoBuf:1.
   */
  isReference(reference: string): Promise<boolean> {
    return this.#caller.call("kong.vault.is_reference", [reference]);
  }

  /**
   * Takes a reference apart; undefined if it is none.
   *
   * Phases: all. Since Kong 2.8. Not over ProtoBuf:1.
   */
  parseReference(reference: string): Promise<VaultReference | undefined> {
    return this.#caller.read("kong.vault.parse_reference", [reference], referenceOf);
  }

  /**
   * The secret that a reference names; undefined if Kong cannot get it.
   *
   * Phases: all. Since Kong 2.8. Not over ProtoBuf:1.
   */
  get(reference: string): Promise<string | undefined> {
    return this.#caller.call("kong.vault.get", [reference]);
  }

  /**
   * Renews the secrets of a configuration: what the references under `$refs` name is put in its
   * place. Gives the configuration with its new values.
   *
   * Phases: all. Since Kong 3.4. Not over ProtoBuf:1.
   *
   * @param options a configuration as Kong has it
   */
  update(options: object): Promise<Record<string, unknown>> {
    return this.#caller.read("kong.vault.update", [options], mapOf);
  }

  /**
   * Fetches the secrets that a table refers to, so that they are there when they are needed.
   *
   * Phases: all. Since Kong 3.5. Not over ProtoBuf:1.
   *
   * @param input a table with references among its values
   */
  warmup(input: object): Promise<void> {
    return this.#caller.call("kong.vault.warmup", [input]);
  }
}

function referenceOf(value: unknown): VaultReference | undefined {
  return recordOf(value, ["config"], []) as VaultReference | undefined;
}
