// kong.log: lines of Kong's error log, and edits of the record that log plugins send.
import { isLuaString } from "../lua/bytes.ts";
import { isLuaTable, luaText } from "../lua/values.ts";
import type { KongLogLevel } from "../node.ts";
import type { SerializeEdit } from "../exchange.ts";
import { ANY, badArgument, inPhases, type PdkContext, table, text } from "./function.ts";
import { REQUEST_AND_LOG } from "./function.ts";
import { logRecord } from "./log_record.ts";

/** Writes a line in the plugin's format; `%message` stands for it, places in Lua files for `?`. */
function write(context: PdkContext, level: KongLogLevel, parts: readonly unknown[]): void {
  const { node, plugin, exchange } = context;
  const message = parts.map(luaText).join("");
  const format = node.logFormats.get(plugin.name) ?? "%message";
  const line = format.replace(/%%|%(\w+)/g, (modifier, name) => {
    if (modifier === "%%") return "%";
    return name === "message" ? message : name === "namespace" ? plugin.name : "?";
  });
  node.log({ level, plugin: plugin.name, requestId: exchange.requestId, message: line });
}

const at = (level: KongLogLevel) => (context: PdkContext, args: readonly unknown[]) =>
  write(context, level, args);

/**
 * A last argument that is a table says since when something is deprecated. The others are
 * concatenated, which Lua does with strings and numbers alone.
 */
function deprecation(context: PdkContext, args: readonly unknown[]): void {
  const last = args.at(-1);
  const says = isLuaTable(last);
  if (args.length === 0) throw badArgument("what is deprecated", "given");
  const parts = says ? args.slice(0, -1) : [...args];
  const { after, removal } = (says ? last : {}) as { after?: unknown; removal?: unknown };
  for (const part of [...parts, after ?? "", removal ?? ""]) {
    if (!isLuaString(part) && typeof part !== "number") {
      throw badArgument("what is concatenated", "a string or a number", part);
    }
  }
  if (after !== undefined) parts.push(` (deprecated after ${luaText(after)})`);
  if (removal !== undefined) parts.push(` (scheduled for removal in ${luaText(removal)})`);
  write(context, "warn", parts);
}

function inspect(context: PdkContext, args: readonly unknown[]): void {
  if (context.node.mutedInspect.has(context.plugin.name)) return;
  const shown = args.map((item) => typeof item === "string" ? JSON.stringify(item) : luaText(item));
  write(context, "notice", [shown.join(" ")]);
}

function setFormat({ node, plugin }: PdkContext, args: readonly unknown[]): void {
  if (args[0] === undefined) node.logFormats.delete(plugin.name);
  else node.logFormats.set(plugin.name, text(args[0], "the format"));
}

function setSerializeValue({ exchange, phase }: PdkContext, args: readonly unknown[]): void {
  const key = text(args[0], "the key");
  const options = args[2] === undefined ? {} : table(args[2], "the options");
  const mode = (options as { mode?: unknown }).mode ?? "set";
  if (mode !== "set" && mode !== "add" && mode !== "replace") {
    throw badArgument("the mode", "set, add or replace");
  }
  // The log phase works on a copy of the request's context.
  if (phase === "log") return;
  const edit: SerializeEdit = { key, value: args[1], mode };
  exchange.serializeEdits.push(edit);
}

/** Functions of `kong.log`. */
export const log = {
  ...inPhases(ANY, {
    "kong.log": at("notice"),
    "kong.log.emerg": at("emerg"),
    "kong.log.alert": at("alert"),
    "kong.log.crit": at("crit"),
    "kong.log.err": at("err"),
    "kong.log.warn": at("warn"),
    "kong.log.notice": at("notice"),
    "kong.log.info": at("info"),
    "kong.log.debug": at("debug"),
    "kong.log.deprecation": deprecation,
    "kong.log.set_format": setFormat,
    "kong.log.inspect": inspect,
    "kong.log.inspect.on": ({ node, plugin }) => void node.mutedInspect.delete(plugin.name),
    "kong.log.inspect.off": ({ node, plugin }) => void node.mutedInspect.add(plugin.name),
  }),
  ...inPhases(REQUEST_AND_LOG, { "kong.log.set_serialize_value": setSerializeValue }),
  ...inPhases(["log"], { "kong.log.serialize": ({ exchange }) => logRecord(exchange) }),
};
