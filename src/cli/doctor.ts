// gibbon doctor: looks at a layout that runs, and says what is wrong with it.
import { resolve } from "node:path";
import process from "node:process";
import { GibbonError } from "../base/errors.ts";
import type { KongProtocol } from "../kong/protocol/protocol_of.ts";
import type { CommandContext } from "./context.ts";
import { checkDump } from "../kong/doctor/dump.ts";
import { type Finding, formatFindings, ok } from "../kong/doctor/finding.ts";
import { type KongSettings, readKongSettings } from "../kong/doctor/kong_settings.ts";
import { checkLayout, type Queried } from "../kong/doctor/layout.ts";
import { readPluginServers, readStartCommand } from "../kong/doctor/plugin_servers.ts";
import {
  checkDirectory,
  comparePlugins,
  listPlugins,
  type PluginDirectory,
} from "../kong/doctor/plugins.ts";
import { checkServer } from "../kong/doctor/server.ts";
import { checkSocketFile } from "../kong/doctor/socket_file.ts";
import { findUser, type User } from "../kong/doctor/users.ts";
import { socketPath } from "./socket_options.ts";
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
  const user = kongUser(options, settings);
  const queried = await query(settings);
  const directory = await loadDirectory(context, queried);
  const findings: Finding[] = [
    ok("gibbon", describeVersion(runtime, undefined)),
    ...queried.flatMap(([, dump]) => dump.findings),
    ...checkLayout(settings, queried, options.kongIs),
    ...directory?.findings ?? [],
  ];
  for (const [path, expected] of socketsOf(options, queried)) {
    findings.push(...await checkSocket({ context, path, expected, user, directory }));
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

/** A socket, and what it is held against. */
interface SocketCheck {
  readonly context: CommandContext;
  readonly path: string;
  readonly expected: KongProtocol | undefined;
  readonly user: User | undefined;
  readonly directory: PluginDirectory | undefined;
}

async function checkSocket(check: SocketCheck): Promise<readonly Finding[]> {
  const { context: { runtime, options }, path, expected, user, directory } = check;
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

/** Whom Kong's workers run as: as it was said, or as the settings have it. */
function kongUser({ kongUser: given }: OptionValues, settings: KongSettings): User | undefined {
  if (given === undefined) return findUser(settings.get("nginx_user")?.split(/\s+/)[0] ?? "");
  const user = findUser(given);
  if (user) return user;
  throw new GibbonError("OPTION_INVALID", `--kong-user: there is no user ${given}`, {
    remedy: "Name one of /etc/passwd: Kong's workers run as nginx_user of kong.conf.",
  });
}

/** The directory that was named, or the one that Kong's start_cmd names. */
async function loadDirectory(
  { runtime, options }: CommandContext,
  queried: readonly Queried[],
): Promise<PluginDirectory | undefined> {
  const started = queried.flatMap(([{ startCommand }]) =>
    startCommand === undefined ? [] : readStartCommand(startCommand)?.directory ?? []
  );
  const path = options.pluginsDirectory ?? started[0];
  return path === undefined ? undefined : await checkDirectory(runtime, path);
}

/** The sockets to look at, with the protocol that Kong is going to speak there. */
function socketsOf(
  options: OptionValues,
  queried: readonly Queried[],
): Map<string, KongProtocol | undefined> {
  const sockets = new Map<string, KongProtocol | undefined>();
  for (const [{ socket }, { protocol }] of queried) {
    const path = resolve(socket);
    sockets.set(path, sockets.get(path) ?? protocol);
  }
  const { socket, kongPrefix, sockName } = options;
  const isNamed = (socket ?? kongPrefix ?? sockName) !== undefined;
  if (!isNamed && sockets.size > 0) return sockets;
  const path = resolve(socketPath(options));
  return new Map([[path, sockets.get(path)]]);
}
