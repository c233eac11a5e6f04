// kong.telemetry: logs for OpenTelemetry. Nothing collects them here; they show in the log instead.
import { luaText } from "../lua/values.ts";
import { ANY, inPhases, table, text } from "./function.ts";

/** Functions of `kong.telemetry`. */
export const telemetry = inPhases(ANY, {
  "kong.telemetry.log": ({ node, plugin, exchange }, args) => {
    const name = text(args[0], "the plugin's name");
    table(args[1], "the plugin's configuration");
    const type = text(args[2], "the type of the message");
    const message = args[3] === undefined ? "" : text(args[3], "the message");
    const attributes = args[4] === undefined ? "" : ` ${luaText(table(args[4], "attributes"))}`;
    node.log({
      level: "info",
      plugin: plugin.name,
      requestId: exchange.requestId,
      message: `telemetry of ${name}: ${type} ${message}${attributes}`,
    });
    return true;
  },
});
