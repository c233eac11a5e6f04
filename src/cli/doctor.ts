// gibbon doctor: looks at a layout that runs, and says what is wrong with it.
import { resolve } from "node:path";
import process from "node:process";
import { GibbonError } from "../base/errors.ts";
import type { KongProtocol } from "../kong/protocol/protocol_of.ts";
import type { CommandContext } from "./context.ts";
import { checkDump, type Queried } from "../kong/doctor/dump.ts";
import { type Finding, formatFindings, ok } from "../kong/doctor/finding.ts";
import { type KongSettings, readKongSettings } from "../kong/doctor/kong_settings.ts";
import { findKongUser, type KongUser } from "../kong/doctor/kong_user.ts";
import { checkLayout } from "../kong/doctor/layout.ts";
import { readPluginServers } from "../kong/doctor/plugin_servers.ts";
import {
  checkDirectory,
  comparePlugins,
  listPlugins,
  type PluginDirectory,
} from "../kong/doctor/plugins.ts";
import { checkServer } from "../kong/doctor/server.ts";
import { checkSocketFile } from "../kong/doctor/socket_file.ts";
import { checkStartCommand } from "../kong/doctor/start_command.ts";
import { findUser, type User } from "../kong/doctor/users.ts";
import { socketPath } from "./socket_options.ts";
import { readStartCommand } from "./start_command.ts";
import type { OptionValues } from "./option_table.ts";
import { describeVersion } from "./version.ts";

/** How long a server may take to answer, in seconds. */
const ANSWER_SECONDS = 3;
/** How long a query_cmd may take, in seconds: it loads all plugins. */
const QUERY_SECONDS = 30;

/**
 * Checks the layout and prints what it found. Servers are asked, and nothing is started on them.
 *
 * @returns the exit code: 0 if there are no problems, else 1
 * @throws {GibbonError} OPTION_INVALID
 */
export async function run(context: CommandContext): Promise<number> {
  const { runtime, options, output } = context;
  const settings = await readKongSettings(options.kongConf, process.env);
  const { user, findings: aboutUser } = await kongUser(options, settings);
  const queried = await query(settings);
  const sockets = socketsOf(options, queried);
  const directories = await loadDirectories(context, queried);
  const findings: Finding[] = [
    ok("gibbon", describeVersion(runtime, undefined)),
    ...aboutUser,
    ...queried.flatMap(([, dump]) => dump.findings),
    ...await checkStartCommands(queried, user),
    ...checkLayout(settings, queried, options.kongIs),
    ...[...directories.values()].flatMap(({ findings }) => findings),
  ];
  for (const [path, { protocols, directory }] of sockets) {
    const named = options.pluginsDirectory ?? directory;
    const loaded = named === undefined ? undefined : directories.get(resolve(named));
    findings.push(...await checkSocket({ context, path, protocols, user, directory: loaded }));
  }
  await output.data(`${options.json ? JSON.stringify(findings) : formatFindings(findings)}\n`);
  return findings.some(({ state }) => state === "problem") ? 1 : 0;
}

/** One after the other, as Kong runs them. */
async function query(settings: KongSettings): Promise<Queried[]> {
  const queried: Queried[] = [];
  for (const server of readPluginServers(settings)) {
    queried.push([server, await checkDump(server, QUERY_SECONDS * 1000)]);
  }
  return queried;
}

async function checkStartCommands(
  queried: readonly Queried[],
  user: User | undefined,
): Promise<Finding[]> {
  const check = { read: readStartCommand, user };
  const all = await Promise.all(queried.map(([server]) => checkStartCommand(server, check)));
  return all.flat();
}

/** A socket, and what it is held against. */
interface SocketCheck {
  readonly context: CommandContext;
  readonly path: string;
  readonly protocols: ReadonlySet<KongProtocol>;
  readonly user: User | undefined;
  readonly directory: PluginDirectory | undefined;
}

async function checkSocket(check: SocketCheck): Promise<readonly Finding[]> {
  const { context: { runtime, options }, path, protocols: expected, user, directory } = check;
  const file = await checkSocketFile(path, user);
  if (!file.usable) return file.findings;
  const timeoutMs = (options.timeout ?? ANSWER_SECONDS) * 1000;
  const { status, findings } = await checkServer({ runtime, path, timeoutMs, expected });
  if (status === undefined) return [...file.findings, ...findings];
  const compared = directory?.loaded
    ? await comparePlugins(path, status, directory.path, directory.loaded)
    : [];
  return [...file.findings, ...findings, listPlugins(path, status), ...compared];
}

/** Whom Kong's workers run as: as it was said, or as it can be found out. */
function kongUser(
  { kongUser: given, kongIs: kong }: OptionValues,
  settings: KongSettings,
): Promise<KongUser> {
  // Where there are no user ids there is no root either.
  if (given === undefined) return findKongUser(settings, { kong, uid: process.getuid?.() ?? -1 });
  const user = findUser(given);
  if (user) return Promise.resolve({ user, findings: [] });
  throw new GibbonError("OPTION_INVALID", `--kong-user: there is no user ${given}`, {
    remedy: "Name one of /etc/passwd: Kong's workers run as nginx_user of kong.conf.",
  });
}

/** The directory that was named, else those that Kong's start_cmds name, by their whole paths. */
async function loadDirectories(
  { runtime, options }: CommandContext,
  queried: readonly Queried[],
): Promise<Map<string, PluginDirectory>> {
  const named = [options.pluginsDirectory, ...queried.map(([server]) => directoryOf(server))];
  const directories = new Map<string, PluginDirectory>();
  for (const path of named) {
    if (path === undefined || directories.has(resolve(path))) continue;
    directories.set(resolve(path), await checkDirectory(runtime, path));
  }
  return directories;
}

/** What a start_cmd serves; undefined if that is not to be known. */
function directoryOf({ startCommand }: Queried[0]): string | undefined {
  if (startCommand === undefined) return undefined;
  try {
    return readStartCommand(startCommand)?.directory;
  } catch {
    // Its own check says why.
    return undefined;
  }
}

/** What is expected of a socket. */
interface Expected {
  /** What Kong is going to speak there. */
  readonly protocols: ReadonlySet<KongProtocol>;
  /** What is served there, if a start_cmd says so. */
  readonly directory?: string | undefined;
}

/** The sockets to look at. */
function socketsOf(
  options: OptionValues,
  queried: readonly Queried[],
): ReadonlyMap<string, Expected> {
  const { socket, kongPrefix, sockName } = options;
  const bySocket = Map.groupBy(queried, ([server]) => resolve(server.socket));
  const sockets = new Map([...bySocket].map(([path, all]): [string, Expected] => [path, {
    protocols: new Set(all.flatMap(([, { protocol }]) => protocol ?? [])),
    directory: all.map(([server]) => directoryOf(server)).find((found) => found !== undefined),
  }]));
  const isNamed = (socket ?? kongPrefix ?? sockName) !== undefined;
  if (!isNamed && sockets.size > 0) return sockets;
  const path = resolve(socketPath(options));
  return new Map([[path, sockets.get(path) ?? { protocols: new Set() }]]);
}
