// What Kong has to be told, as names and values of its configuration, for each of its versions.
import { basename } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { quoted } from "../../base/shell_word.ts";

/** What the settings depend on. */
export interface Layout {
  /** Major and minor version of Kong: `[3, 9]`. */
  readonly kong: readonly [number, number];
  /** Names of the plugins. */
  readonly plugins: readonly string[];
  /** Path of gibbon, where Kong runs. */
  readonly executable: string;
  /** Path of the plugins directory, where Kong runs. */
  readonly directory: string;
  /** Path of the socket. */
  readonly socket: string;
}

/** A setting as kong.conf has it. */
export type Setting = readonly [name: string, value: string];

/**
 * The settings.
 *
 * Kong 2.0 to 2.2 know only go-pluginserver, in whose place gibbon stands. Kong 2.3 to 3.8 take one
 * name for all plugins. From 3.9 on Kong uses only the first plugin of a name, so each has its own;
 * all are on one socket, and only the first one starts the process.
 *
 * @throws {GibbonError} OPTION_INVALID for a version without plugin servers, or two plugins that
 * Kong would give one name
 */
export function kongSettings(layout: Layout): Setting[] {
  const plugins: Setting = ["plugins", ["bundled", ...layout.plugins].join(",")];
  if (isBefore(layout.kong, [2, 0])) {
    throw new GibbonError("OPTION_INVALID", "Kong has plugin servers from version 2.0 on");
  }
  if (isBefore(layout.kong, [2, 3])) return [plugins, ...inGosPlace(layout)];
  if (isBefore(layout.kong, [3, 9])) return [plugins, ...oneName(layout)];
  return [plugins, ...aNameEach(layout)];
}

/** Whether a version comes before another. */
export function isBefore(
  [major, minor]: readonly [number, number],
  other: readonly [number, number],
): boolean {
  return major < other[0] || (major === other[0] && minor < other[1]);
}

/** The socket is where Kong says: `go_pluginserver.sock` in its prefix. */
function inGosPlace({ executable, directory }: Layout): Setting[] {
  return [["go_pluginserver_exe", executable], ["go_plugins_dir", directory]];
}

function oneName(layout: Layout): Setting[] {
  // Kong 2.3 knows no other protocol.
  const protocol = isBefore(layout.kong, [2, 4]) ? ["--protocol", "MsgPack:1"] : [];
  return [
    ["pluginserver_names", "gibbon"],
    ["pluginserver_gibbon_start_cmd", startCommand(layout)],
    ["pluginserver_gibbon_query_cmd", dumpCommand(layout, protocol)],
    ["pluginserver_gibbon_socket", layout.socket],
  ];
}

function aNameEach(layout: Layout): Setting[] {
  const servers = serverNames(layout);
  const settings = [...servers].flatMap(([name, plugin], position): Setting[] => {
    const key = `pluginserver_${keyOf(name)}`;
    const start: Setting[] = position === 0 ? [[`${key}_start_cmd`, startCommand(layout)]] : [];
    return [
      ...start,
      [`${key}_query_cmd`, dumpCommand(layout, ["--plugin", plugin])],
      [`${key}_socket`, layout.socket],
    ];
  });
  return [["pluginserver_names", [...servers.keys()].join(",")], ...settings];
}

/**
 * Plugins by the names of their servers. The first one starts the process: it must be the one that
 * is called as the executable, if there is one, since Kong takes `/usr/local/bin/NAME` for the
 * command of a name that has none.
 */
function serverNames({ plugins, executable }: Layout): Map<string, string> {
  const program = basename(executable);
  const isProgram = (plugin: string) => Number(plugin === program);
  const sorted = [...plugins].sort((a, b) => isProgram(b) - isProgram(a));
  const byKey = new Map<string, string>();
  const servers = new Map<string, string>();
  for (const plugin of sorted) {
    const name = plugin.toLowerCase().replaceAll(".", "_");
    const other = byKey.get(keyOf(name));
    if (other !== undefined) {
      throw new GibbonError(
        "OPTION_INVALID",
        `Kong has one name for the plugins ${other} and ${plugin}: pluginserver_${keyOf(name)}`,
        { remedy: "Give one of them another name." },
      );
    }
    byKey.set(keyOf(name), plugin);
    servers.set(name, plugin);
  }
  return servers;
}

/** A name within kong.conf's keys. */
function keyOf(name: string): string {
  return name.replaceAll("-", "_");
}

/** What Kong runs. A Kong that is killed cannot stop it, so it has to look for Kong itself. */
function startCommand({ executable, directory, socket }: Layout): string {
  return shellCommand([
    ...[executable, "serve", "--plugins-directory", directory],
    ...["--socket", socket, "--exit-with-parent"],
  ]);
}

/** What Kong asks. Its versions before 3.4 refuse a schema with descriptions; a dump cannot know them. */
function dumpCommand({ executable, directory, kong }: Layout, more: readonly string[]): string {
  const descriptions = isBefore(kong, [3, 4]) ? [] : ["--descriptions"];
  return shellCommand([
    executable,
    "dump",
    "--plugins-directory",
    directory,
    ...more,
    ...descriptions,
  ]);
}

/** Words as a command for a shell: Kong hands its commands to one. */
export function shellCommand(words: readonly string[]): string {
  return words.map((word) => /^[\w/.:=@%+-]+$/.test(word) ? word : quoted(word)).join(" ");
}
