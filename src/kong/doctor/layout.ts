// What Kong is told, held together: names, sockets, commands, and the list of plugins.
import { resolve } from "node:path";
import { isBefore } from "../config/settings.ts";
import type { Dump, Queried } from "./dump.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import type { KongSettings } from "./kong_settings.ts";
import { checkListed } from "./listed.ts";
import type { PluginServer } from "./plugin_servers.ts";

/**
 * Checks the settings against each other.
 *
 * @param kong its version, if it is known
 */
export function checkLayout(
  settings: KongSettings,
  queried: readonly Queried[],
  kong: readonly [number, number] | undefined,
): Finding[] {
  return [
    ...checkStarts(queried.map(([server]) => server)),
    ...queried.flatMap(([server, dump]) => checkNames(server, dump, kong)),
    ...queried.flatMap(([server, dump]) => checkRefused(server, dump, kong)),
    ...(kong ? queried.flatMap(([server, dump]) => checkVersion(server, dump, kong)) : []),
    ...checkListed(settings, queried, kong),
    ...checkStreams(settings, queried),
  ];
}

/** A socket is for one process: a second one on it does not start. */
function checkStarts(servers: readonly PluginServer[]): Finding[] {
  const bySocket = Map.groupBy(servers, ({ socket }) => resolve(socket));
  return [...bySocket].flatMap(([socket, sharing]) => {
    const started = sharing.filter(({ startCommand }) => startCommand !== undefined);
    const names = started.map(({ name }) => name).join(", ");
    if (started.length > 1) {
      const text = `${names} all have a start_cmd, and only one process can listen on it`;
      return [problem(socket, text, "Leave start_cmd to the first of them.")];
    }
    if (started.length === 1) return [];
    return [ok(socket, "no start_cmd: the server is started by something else than Kong")];
  });
}

/** From 3.9 on, Kong takes the first plugin of a name and forgets the others. */
function checkNames(
  { name, key, infoCommand }: PluginServer,
  { plugins = [] }: Dump,
  kong: readonly [number, number] | undefined,
): Finding[] {
  const isOld = kong !== undefined && isBefore(kong, [3, 9]);
  if (infoCommand || isOld || plugins.length < 2) return [];
  const text = `${name} stands for ${plugins.length} plugins, and Kong from 3.9 on uses only ` +
    `the first, ${plugins[0]}`;
  const remedy = "Give each plugin a name of its own; gibbon kong-config prints the settings.";
  const finding = kong === undefined ? warning : problem;
  return [finding(`${key}_query_cmd`, text, remedy)];
}

/** Whether Kong would start with the versions and priorities of the plugins. */
function checkRefused(
  { key, infoCommand }: PluginServer,
  { refused = [] }: Dump,
  kong: readonly [number, number] | undefined,
): Finding[] {
  const isOld = kong !== undefined && isBefore(kong, [3, 0]);
  if (infoCommand || isOld || refused.length === 0) return [];
  const text = `Kong from 3.0 on does not start with it: ${refused.join(", ")}`;
  const remedy = 'A version is up to three numbers, such as "1.2.0", a priority a whole number.';
  const finding = kong === undefined ? warning : problem;
  return [finding(`${key}_query_cmd`, text, remedy)];
}

/** Whether a version of Kong knows what it is told. */
function checkVersion(
  { key, infoCommand }: PluginServer,
  { protocol, isDescribed }: Dump,
  kong: readonly [number, number],
): Finding[] {
  const remedy = `gibbon kong-config --kong-version ${kong.join(".")} prints what it knows.`;
  if (infoCommand) {
    const text = "Kong from 3.0 on does not know this setting";
    return isBefore(kong, [3, 0]) ? [] : [problem(key, text, remedy)];
  }
  if (isBefore(kong, [2, 3])) {
    return [problem("pluginserver_names", "Kong before 2.3 does not know this setting", remedy)];
  }
  const findings: Finding[] = [];
  if (protocol === "ProtoBuf:1" && isBefore(kong, [2, 4])) {
    const text = "Kong 2.3 speaks MsgPack:1 alone, and this says ProtoBuf:1";
    findings.push(problem(`${key}_query_cmd`, text, "Add --protocol MsgPack:1."));
  }
  if (isDescribed && isBefore(kong, [3, 4])) {
    const text = "Kong before 3.4 refuses schemas with descriptions, and this has some";
    findings.push(problem(`${key}_query_cmd`, text, "Take --descriptions out."));
  }
  return findings;
}

/** Kong listens to no streams unless it is told to. */
function checkStreams(settings: KongSettings, queried: readonly Queried[]): Finding[] {
  const names = queried.flatMap(([, { streamPlugins = [] }]) => streamPlugins);
  const listens = settings.get("stream_listen") ?? "off";
  if (names.length === 0 || listens !== "off") return [];
  const text = `it is off, so preread of ${names.join(", ")} is never called`;
  const remedy = "Say where Kong listens for streams: stream_listen = 0.0.0.0:9000.";
  return [warning("stream_listen", text, remedy)];
}
