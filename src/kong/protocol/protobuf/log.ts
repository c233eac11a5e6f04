// What plugins log in ProtoBuf:1: parts of a message, and what Kong has no message of its own for.
import { inspect } from "node:util";
import { encodeMessage } from "../../../wire/protobuf/codec.ts";
import type { ArgumentEncoder } from "./arguments.ts";
import { ListValue } from "./generated/messages.ts";
import { toList } from "./values.ts";

/**
 * Parts of a log message, which Kong would cut short at false. Kong logs them as its own; over MsgPack:1
 * it writes the plugin's name before them, in this form.
 */
export const loggedArguments: ArgumentEncoder = (parts, plugin) => {
  const { values } = toList(parts.map((part) => part === false ? "false" : part));
  const name = plugin === undefined ? [] : toList([`[${plugin}] `]).values;
  return encodeMessage(ListValue, { values: [...name, ...values] });
};

/** The arguments of `kong.log.deprecation`, in the words that Kong makes of them. */
export const deprecation: ArgumentEncoder = (parts, plugin) => {
  const last = parts.at(-1);
  if (typeof last !== "object" || last === null) return loggedArguments(parts, plugin);
  const { after, removal } = last as { after?: unknown; removal?: unknown };
  const since = after === undefined ? [] : [` (deprecated after ${after})`];
  const until = removal === undefined ? [] : [` (scheduled for removal in ${removal})`];
  return loggedArguments([...parts.slice(0, -1), ...since, ...until], plugin);
};

/** The arguments of `kong.log.inspect`, written out here. */
export const inspectedArguments: ArgumentEncoder = (values, plugin) =>
  loggedArguments([values.map((value) => inspect(value)).join(" ")], plugin);
