// gibbon kong-config: prints what an operator has to set, so that Kong uses the plugins.
import { basename, join, resolve } from "node:path";
import { GibbonError } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { loadPlugins } from "../kong/loader/load.ts";
import type { CommandContext } from "./context.ts";
import { asConf, asDockerfile, asEnv } from "../kong/config/formats.ts";
import { asHelmValues, asManifests, type Pod } from "../kong/config/manifests.ts";
import { readPluginFiles } from "../kong/config/plugin_files.ts";
import { kongSettings, type Layout } from "../kong/config/settings.ts";
import { loadOptions } from "./load_options.ts";
import type { OptionValues } from "./option_table.ts";
import { logProblems } from "../base/problems.ts";
import { DEFAULT_NAME, DEFAULT_PREFIX } from "../kong/server/socket_defaults.ts";

const DEFAULT_VERSION = "3.9";
const DEFAULT_EXECUTABLE = "/usr/local/bin/gibbon";
/** Where the plugins are in a container. */
const MOUNTED_AT = "/plugins";
/** Kong's chart has its own prefix, as the rest of the container is read-only. */
const HELM_PREFIX = "/kong_prefix";

/**
 * Prints the settings.
 *
 * @returns the exit code: 1 if a plugin could not be loaded, and is missing in what was printed
 * @throws {GibbonError} OPTION_INVALID, PLUGIN_DIRECTORY
 */
export async function run({ runtime, options, output }: CommandContext): Promise<number> {
  const { pluginsDirectory } = options;
  if (pluginsDirectory === undefined) {
    throw new GibbonError("OPTION_INVALID", "--plugins-directory is missing", {
      remedy: "Say where the plugins are: gibbon kong-config --plugins-directory DIR.",
    });
  }
  const { plugins, problems } = await loadPlugins(runtime, pluginsDirectory, loadOptions(options));
  logProblems(problems, createLogger(output.note, options.logLevel));
  if (plugins.length === 0) {
    throw new GibbonError("OPTION_INVALID", `There is no plugin in ${pluginsDirectory}`, {
      remedy: "See what is wrong with gibbon check.",
    });
  }
  const names = plugins.map(({ name }) => name).sort();
  await output.data(await render(resolve(pluginsDirectory), names, options));
  return problems.length === 0 ? 0 : 1;
}

async function render(
  source: string,
  plugins: readonly string[],
  options: OptionValues,
): Promise<string> {
  const { kongVersion = DEFAULT_VERSION, configFormat = "conf" } = options;
  const layout = layoutOf(source, plugins, options, kongVersion);
  const settings = kongSettings(layout);
  const { executable, directory } = layout;
  const pod: Pod = {
    image: options.image ?? `kong-gibbon:${kongVersion}`,
    directory,
    claim: options.volumeClaim,
  };
  switch (configFormat) {
    case "conf":
      return asConf(settings);
    case "env":
      return asEnv(settings);
    case "docker": {
      const from = options.image ?? `kong:${kongVersion}`;
      return asDockerfile(settings, { from, executable, plugins: [basename(source), directory] });
    }
    case "helm":
      return asHelmValues(settings, pod);
    case "kubernetes": {
      const files = pod.claim === undefined ? await readPluginFiles(source) : new Map();
      return asManifests(settings, pod, files);
    }
  }
}

/** Where things are for Kong: on this machine, or in its container. */
function layoutOf(
  source: string,
  plugins: readonly string[],
  options: OptionValues,
  version: string,
): Layout {
  const { configFormat = "conf", mountedAt, socket, kongPrefix, sockName } = options;
  const prefix = kongPrefix ?? (configFormat === "helm" ? HELM_PREFIX : DEFAULT_PREFIX);
  const [major, minor] = version.split(".").map(Number);
  return {
    kong: [major!, minor!],
    plugins,
    executable: options.executable ?? DEFAULT_EXECUTABLE,
    directory: mountedAt ?? (configFormat === "conf" ? source : MOUNTED_AT),
    socket: socket ?? join(prefix, sockName ?? DEFAULT_NAME),
  };
}
