// kong.plugin: the plugin that calls.
import { ANY, inPhases } from "./function.ts";

/** Functions of `kong.plugin`. */
export const plugin = inPhases(ANY, {
  "kong.plugin.get_id": (context) => context.plugin.id,
});
