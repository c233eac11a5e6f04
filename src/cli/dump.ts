// gibbon dump: what Kong has to know of the plugins, as data on stdout.
import { GibbonError } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import { loadPlugins } from "../kong/loader/load.ts";
import { DEFAULT_PROTOCOL } from "../kong/protocol/protocol_of.ts";
import { pluginDump, pluginInfo } from "../kong/protocol/status.ts";
import { encode } from "../wire/msgpack/codec.ts";
import type { OptionValues } from "./option_table.ts";
import type { CommandContext } from "./context.ts";
import { loadOptions } from "./load_options.ts";
import { logProblems } from "../base/problems.ts";

/**
 * Prints the dump.
 *
 * @throws {GibbonError} OPTION_INVALID, PLUGIN_DIRECTORY; PLUGIN_UNKNOWN or the plugin's own problem
 *   if the one that was asked for cannot be had; PLUGIN_BROKEN if one of all cannot, unless such are
 *   to be skipped
 */
export async function run({ runtime, options, output }: CommandContext): Promise<void> {
  const { pluginsDirectory, plugin: name } = options;
  if (pluginsDirectory === undefined) {
    throw new GibbonError("OPTION_INVALID", "--plugins-directory is missing", {
      remedy: "Say where the plugins are: gibbon dump --plugins-directory DIR.",
    });
  }
  const { plugins, problems } = await loadPlugins(runtime, pluginsDirectory, loadOptions(options));
  logProblems(problems, createLogger(output.note, options.logLevel));
  if (name === undefined && !options.skipBroken) refuseBroken(pluginsDirectory, plugins, problems);
  const chosen = name === undefined ? plugins : [find(name, plugins, problems)];
  await output.data(render(chosen, options));
}

/**
 * Kong starts with what a dump has, and without what is missing in it: a plugin that guards something
 * would be gone. With nothing on stdout it does not start, and shows what was logged.
 */
function refuseBroken(
  directory: string,
  plugins: readonly Plugin[],
  problems: readonly GibbonError[],
): void {
  const isLoaded = ({ code, plugin }: GibbonError) =>
    code !== "PLUGIN_DUPLICATE" && plugins.some(({ name }) => name === plugin);
  const broken = problems.filter((problem) => !isLoaded(problem));
  if (broken.length === 0) return;
  const names = [...new Set(broken.map(({ plugin, file }) => plugin ?? file ?? "?"))].join(", ");
  throw new GibbonError(
    "PLUGIN_BROKEN",
    `Nothing is dumped: ${names} cannot be loaded, see above`,
    {
      file: directory,
      remedy:
        "Mend that, or remove it. With --skip-broken the others are dumped; then Kong starts " +
        "without it.",
    },
  );
}

function find(name: string, plugins: readonly Plugin[], problems: readonly GibbonError[]): Plugin {
  const found = plugins.find((plugin) => plugin.name === name);
  if (found) return found;
  const known = plugins.map((plugin) => plugin.name).join(", ") || "none";
  const why = problems.some((problem) => problem.plugin === name)
    ? "it could not be loaded, see above"
    : `those that can be loaded: ${known}`;
  throw new GibbonError("PLUGIN_UNKNOWN", `There is no plugin ${JSON.stringify(name)}: ${why}`, {
    remedy: "See what is wrong with gibbon check.",
  });
}

function render(plugins: readonly Plugin[], options: OptionValues): string | Uint8Array {
  const { format = "kong", protocol = DEFAULT_PROTOCOL, descriptions } = options;
  const show = (plugin: Plugin) => pluginDump(plugin, descriptions);
  switch (format) {
    case "kong":
      return json({ Protocol: protocol, Plugins: plugins.map(show) });
    case "list":
      return json(plugins.map(show));
    case "info":
      return json(onlyOne(plugins, show));
    case "msgpack":
      return encode(onlyOne(plugins, pluginInfo));
  }
}

function onlyOne<T>(plugins: readonly Plugin[], show: (plugin: Plugin) => T): T {
  const [first, ...others] = plugins;
  if (first && others.length === 0) return show(first);
  throw new GibbonError("OPTION_INVALID", "--format info and msgpack are for one plugin", {
    remedy: "Say which one with --plugin NAME.",
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
