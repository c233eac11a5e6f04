// What Kong is told, held together: names, sockets, commands, and the list of plugins.
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { isBefore } from "../config/settings.ts";
import type { Dump } from "./dump.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { type KongSettings, listSetting } from "./kong_settings.ts";
import { type PluginServer, readStartCommand } from "./plugin_servers.ts";
import { shellWords } from "./shell.ts";

/** A plugin server with what its query_cmd gave. */
export type Queried = readonly [server: PluginServer, dump: Dump];

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
    ...queried.flatMap(([server]) => checkStartCommand(server)),
    ...checkStarts(queried.map(([server]) => server)),
    ...queried.flatMap(([server, dump]) => checkNames(server, dump, kong)),
    ...(kong ? queried.flatMap(([server, dump]) => checkVersion(server, dump, kong)) : []),
    ...checkListed(settings, queried),
  ];
}

/** Whether the program is there, and listens where Kong connects. */
function checkStartCommand(server: PluginServer): Finding[] {
  const { startCommand, socket } = server;
  if (startCommand === undefined) return [];
  const subject = server.infoCommand ? server.key : `${server.key}_start_cmd`;
  const [program = ""] = shellWords(startCommand);
  if (program.includes("/") && !isExecutable(program)) {
    const text = `there is no ${program} that this user may run`;
    return [problem(subject, text, "Correct the path, or give it the run bit: chmod 755.")];
  }
  const served = readStartCommand(startCommand);
  if (served && resolve(served.socket) !== resolve(socket)) {
    const text = `gibbon is to listen on ${served.socket}, and Kong connects to ${socket}`;
    const remedy = `Give both one path: --socket, and ${server.key}_socket.`;
    return [problem(subject, text, remedy)];
  }
  return [ok(subject, served ? `gibbon is to listen on ${served.socket}` : "its program is there")];
}

function isExecutable(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
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

/** Whether a version of Kong knows what it is told. */
function checkVersion(
  { key, infoCommand }: PluginServer,
  { protocol }: Dump,
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
  if (protocol !== "ProtoBuf:1" || !isBefore(kong, [2, 4])) return [];
  const text = "Kong 2.3 speaks MsgPack:1 alone, and this says ProtoBuf:1";
  return [problem(`${key}_query_cmd`, text, "Add --protocol MsgPack:1.")];
}

/** Whether Kong is told to use the plugins that there are. */
function checkListed(settings: KongSettings, queried: readonly Queried[]): Finding[] {
  const dumped = queried.flatMap(([, { plugins = [] }]) => plugins);
  if (dumped.length === 0) return [];
  const listed = listSetting(settings, "plugins");
  const missing = dumped.filter((name) => !listed.includes(name));
  if (missing.length === 0) return [ok("plugins", "it lists all that the servers have")];
  const remedy = `Add them: plugins = ${[...(listed.length ? listed : ["bundled"]), ...missing]}.`;
  return [warning("plugins", `Kong does not use ${missing.join(", ")}`, remedy)];
}
