// Kong's list of plugins, held against those that there are: what it does not use, what it cannot.
import { existsSync } from "node:fs";
import { findSimilar } from "../../modules/similar.ts";
import { isBundled } from "./bundled_plugins.ts";
import type { Queried } from "./dump.ts";
import { type Finding, ok, warning } from "./finding.ts";
import { type KongSettings, listSetting } from "./kong_settings.ts";

/** Where Kong's installations have their Lua modules, besides `lua_package_path`. */
const LUA_PATHS = ["/usr/local/share/lua/5.1/?.lua", "/usr/local/share/lua/5.1/?/init.lua"];

/**
 * Checks the list.
 *
 * @param kong its version, if it is known
 */
export function checkListed(
  settings: KongSettings,
  queried: readonly Queried[],
  kong: readonly [number, number] | undefined,
): Finding[] {
  if (queried.length === 0 && !settings.has("plugins")) return [];
  const served = queried.flatMap(([, { plugins = [] }]) => plugins);
  const listed = settings.get("plugins") ? listSetting(settings, "plugins") : ["bundled"];
  const findings = [...checkUnused(served, listed), ...checkUnserved(settings, queried, kong)];
  if (findings.length > 0 || served.length === 0) return findings;
  return [ok("plugins", "it lists all that the servers have")];
}

function checkUnused(served: readonly string[], listed: readonly string[]): Finding[] {
  const unused = served.filter((name) => !listed.includes(name));
  if (unused.length === 0) return [];
  const remedy = `Add them: plugins = ${[...listed, ...unused]}.`;
  return [warning("plugins", `Kong does not use ${unused.join(", ")}`, remedy)];
}

/** Names that neither Kong nor a server has: with one of them Kong does not start. */
function checkUnserved(
  settings: KongSettings,
  queried: readonly Queried[],
  kong: readonly [number, number] | undefined,
): Finding[] {
  const served = queried.flatMap(([, { plugins = [] }]) => plugins);
  const listed = listSetting(settings, "plugins");
  const unserved = listed.filter((name) =>
    !["bundled", "off"].includes(name) && !served.includes(name) && !isBundled(name, kong) &&
    !isLuaPlugin(name, settings)
  );
  const hasFailed = queried.some(([, { plugins }]) => plugins === undefined);
  return unserved.map((name) => {
    const text = `nobody serves ${name}: no query_cmd names it, and it is none of Kong's own` +
      (kong ? ` in ${kong.join(".")}` : "");
    return warning("plugins", text, remedyFor(name, served, listed, hasFailed));
  });
}

function remedyFor(
  name: string,
  served: readonly string[],
  listed: readonly string[],
  hasFailed: boolean,
): string {
  const meant = findSimilar(name, served);
  if (meant) return `If ${meant} is meant, write that: plugins = ${replace(listed, name, meant)}.`;
  const others = listed.filter((each) => each !== name);
  const without = `plugins = ${others.length > 0 ? others : "off"}`;
  const first = hasFailed ? "First correct the query_cmd that fails. " : "";
  return `${first}All is well if it is a Lua plugin that Kong finds, or one of Kong Enterprise; ` +
    `else Kong does not start: serve it, or take it out: ${without}.`;
}

function replace(listed: readonly string[], name: string, by: string): string[] {
  return [...new Set(listed.map((each) => each === name ? by : each))];
}

/** Whether its Lua module is on this machine. What is relative to Kong's directory is not seen. */
function isLuaPlugin(name: string, settings: KongSettings): boolean {
  const paths = [...(settings.get("lua_package_path") ?? "").split(";"), ...LUA_PATHS];
  return paths.map((path) => path.trim()).filter((path) => path.startsWith("/"))
    .some((path) => existsSync(path.replaceAll("?", `kong/plugins/${name}/handler`)));
}
