// kong.telemetry: log entries for OpenTelemetry.
import type { PdkCaller } from "./caller.ts";

/** `kong.telemetry`: what is reported to OpenTelemetry. */
export class KongTelemetry {
  readonly #caller: PdkCaller;

  constructor(caller: PdkCaller) {
    this.#caller = caller;
  }

  /**
   * Hands an entry to Kong's OpenTelemetry plugin. True, or undefined where that plugin is not set
   * up to report logs.
   *
   * Phases: all. Since Kong 3.8. Not over ProtoBuf:1.
   *
   * @param pluginConfig of it Kong takes `__plugin_id` and `plugin_instance_name`
   * @param messageType sorts entries: `result`, `audit`
   * @param attributes more about it; some of Kong's own are added
   */
  log(
    pluginName: string,
    pluginConfig: object,
    messageType: string,
    message?: string,
    attributes?: object,
  ): Promise<true | undefined> {
    const args = [pluginName, pluginConfig, messageType, message, attributes];
    return this.#caller.call("kong.telemetry.log", args);
  }
}
