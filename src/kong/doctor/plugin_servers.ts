// The plugin servers that Kong is told of, each with its socket and its commands.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { translateDropIn } from "../config/dropin.ts";
import { quoted } from "../../base/shell_word.ts";
import { DEFAULT_PREFIX } from "../server/socket_defaults.ts";
import { type KongSettings, listSetting } from "./kong_settings.ts";
import { shellWords } from "./shell.ts";

/** A plugin server, as Kong knows it. */
export interface PluginServer {
  /** Kong's name for it; for the older way the setting `go_pluginserver_exe`. */
  readonly name: string;
  /** Where Kong connects. */
  readonly socket: string;
  /** What Kong starts; undefined if the server is managed elsewhere. */
  readonly startCommand: string | undefined;
  /** What Kong asks for the plugins; undefined if it has nothing to ask. */
  readonly queryCommand: string | undefined;
  /** What Kong 2.x asks for one plugin, in the older way. */
  readonly infoCommand?: (plugin: string) => string;
  /** The setting that the commands' first parts come from, for messages. */
  readonly key: string;
}

/** Where Kong looks for the program of a server whose commands are not set. */
const PROGRAMS = "/usr/local/bin";

/** All plugin servers of the settings. */
export function readPluginServers(settings: KongSettings): PluginServer[] {
  const prefix = settings.get("prefix") || DEFAULT_PREFIX;
  const named = listSetting(settings, "pluginserver_names").map((name): PluginServer => {
    const key = `pluginserver_${name.toLowerCase().replaceAll("-", "_")}`;
    const program = join(PROGRAMS, name);
    const found = existsSync(program);
    return {
      name,
      key,
      socket: settings.get(`${key}_socket`) || join(prefix, `${name}.socket`),
      startCommand: settings.get(`${key}_start_cmd`) || (found ? program : undefined),
      queryCommand: settings.get(`${key}_query_cmd`) || (found ? `${program} -dump` : undefined),
    };
  });
  const legacy = readLegacy(settings, prefix);
  return legacy ? [...named, legacy] : named;
}

/** The older way of Kong 2.x, where gibbon stands in for go-pluginserver: Kong makes the commands. */
function readLegacy(settings: KongSettings, prefix: string): PluginServer | undefined {
  const program = settings.get("go_pluginserver_exe");
  const directory = settings.get("go_plugins_dir");
  if (!program || !directory || directory === "off") return undefined;
  const command = `${quoted(program)} -plugins-directory ${quoted(directory)}`;
  return {
    name: "go_pluginserver_exe",
    key: "go_pluginserver_exe",
    socket: join(prefix, "go_pluginserver.sock"),
    startCommand: `${command} -kong-prefix ${quoted(prefix)}`,
    queryCommand: `${command} -dump-all-plugins`,
    infoCommand: (plugin) => `${command} -dump-plugin-info ${quoted(plugin)}`,
  };
}

/**
 * The arguments of `gibbon serve` in a command, where gibbon is what it starts: by its own name, or
 * in another server's place.
 *
 * @returns undefined if it starts something else
 * @throws {GibbonError} OPTION_INVALID for options that the other server does not have either
 */
export function serveArguments(command: string): readonly string[] | undefined {
  const words = shellWords(command);
  const at = words.findIndex((word) => /(?:^|\/)(?:gibbon[^/]*|main\.ts)$/.test(word));
  if (at < 0) return undefined;
  const [name, ...args] = translateDropIn(words.slice(at + 1), basename(words[at]!));
  return name === "serve" ? args : undefined;
}
