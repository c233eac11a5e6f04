// gibbon kong-config: prints what an operator has to set, so that Kong uses the plugins.
import { join, resolve } from "node:path";
import { GibbonError } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { loadPlugins } from "../kong/loader/load.ts";
import type { CommandContext } from "./context.ts";
import { asConf, asDockerfile, asEnv } from "../kong/config/formats.ts";
import {
  asConfigMap,
  asHelmValues,
  asManifests,
  type Pod,
  type PodPlugins,
} from "../kong/config/manifests.ts";
import { asCompose } from "../kong/config/compose.ts";
import { asUnit } from "../kong/config/systemd.ts";
import { isBefore, kongSettings, type Layout, shellCommand } from "../kong/config/settings.ts";
import { type CarriedFrom, imageParts, mapFiles, notePackages } from "./kong_config_files.ts";
import { loadOptions } from "./load_options.ts";
import type { OptionValues } from "./option_table.ts";
import { logProblems } from "../base/problems.ts";
import { DEFAULT_NAME, DEFAULT_PREFIX } from "../kong/server/socket_defaults.ts";

const DEFAULT_VERSION = "3.9";
const DEFAULT_EXECUTABLE = "/usr/local/bin/gibbon";
/** Where the plugins are in a container. */
const MOUNTED_AT = "/plugins";
/** Kong's prefix where the rest of the container is read-only; Kong's chart has the same. */
const WRITABLE_PREFIX = "/kong_prefix";
/** What systemd makes for a server of its own. */
const UNIT_FOLDER = "/run/gibbon";

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
  const source = resolve(pluginsDirectory);
  const layout = layoutOf(source, plugins.map(({ name }) => name).sort(), options);
  await output.data(await render({ runtime, source, plugins, layout, options, note: output.note }));
  return problems.length === 0 ? 0 : 1;
}

/** What is printed, and from what. */
interface Rendering extends CarriedFrom {
  readonly layout: Layout;
  readonly options: OptionValues;
}

async function render(rendering: Rendering): Promise<string> {
  const { layout, options } = rendering;
  const { kongVersion = DEFAULT_VERSION, configFormat = "conf", image, inImage } = options;
  const settings = kongSettings(layout);
  const { executable, directory, socket } = layout;
  const pod: Pod = {
    ...{ image: image ?? `kong-gibbon:${kongVersion}`, plugins: pluginSource(options) },
    ...{ directory, executable, socket, prefix: prefixOf(options) },
  };
  const isCarried = pod.plugins === "configmap" && ["helm", "kubernetes"].includes(configFormat);
  const isWhole = ["docker", "configmap"].includes(configFormat) || inImage;
  // What is not said to go along is where it is, or is mounted as it is.
  const isThere = ["conf", "systemd"].includes(configFormat) && options.mountedAt === undefined;
  if (!isCarried && !isWhole && !isThere) await notePackages(rendering);
  switch (configFormat) {
    case "conf":
      return asConf(settings);
    case "env":
      return asEnv(settings);
    case "docker": {
      const from = image ?? `kong:${kongVersion}`;
      return asDockerfile(settings, {
        ...{ from, executable, directory },
        ...await imageParts(rendering),
      });
    }
    case "helm":
      return asHelmValues(settings, pod, isCarried ? await beforeChart(rendering) : undefined);
    case "configmap":
      return asConfigMap(await mapFiles(rendering));
    case "kubernetes":
      return asManifests(settings, pod, isCarried ? await mapFiles(rendering) : new Map());
    case "compose":
      return asCompose(settings, pod, rendering.source);
    case "systemd":
      return asUnit(layout);
  }
}

/** What makes the ConfigMap, which Kong's chart does not; tried here. */
async function beforeChart(rendering: Rendering): Promise<string> {
  await mapFiles(rendering);
  const words = ["gibbon", "kong-config", "--format", "configmap", "--plugins-directory"];
  return `${shellCommand([...words, rendering.source])} | kubectl apply -f -`;
}

function pluginSource({ volumeClaim, inImage, configFormat }: OptionValues): PodPlugins {
  if (inImage && volumeClaim !== undefined) {
    throw new GibbonError("OPTION_INVALID", "--in-image and --volume-claim go not together", {
      remedy: "Say which of them has the plugins.",
    });
  }
  if (volumeClaim !== undefined && configFormat === "compose") {
    throw new GibbonError("OPTION_INVALID", "A compose file has no volume claims", {
      remedy: "Leave --volume-claim out: the plugins directory is mounted as it is.",
    });
  }
  if (inImage) return "image";
  return volumeClaim === undefined ? "configmap" : { claim: volumeClaim };
}

/** Kong's prefix: where a root is read-only, it is a folder of its own, as in Kong's chart. */
function prefixOf({ kongPrefix, configFormat = "conf" }: OptionValues): string {
  const isReadOnly = ["helm", "kubernetes", "compose"].includes(configFormat);
  return kongPrefix ?? (isReadOnly ? WRITABLE_PREFIX : DEFAULT_PREFIX);
}

/** Where things are for Kong: on this machine, or in its container. */
function layoutOf(
  source: string,
  plugins: readonly string[],
  options: OptionValues,
): Layout {
  const { configFormat = "conf", mountedAt } = options;
  const { kongVersion: version = DEFAULT_VERSION } = options;
  const isHere = ["conf", "systemd"].includes(configFormat);
  const folder = configFormat === "systemd" && options.kongPrefix === undefined
    ? UNIT_FOLDER
    : prefixOf(options);
  const [major, minor] = version.split(".").map(Number);
  return {
    kong: [major!, minor!],
    plugins,
    executable: options.executable ?? DEFAULT_EXECUTABLE,
    directory: mountedAt ?? (isHere ? source : MOUNTED_AT),
    socket: socketOf([major!, minor!], folder, options),
  };
}

/** The socket's path. Kong 2.0 to 2.2 say themselves where it is. */
function socketOf(
  kong: Layout["kong"],
  folder: string,
  { socket, sockName = DEFAULT_NAME }: OptionValues,
): string {
  if (isBefore(kong, [2, 3])) return join(folder, "go_pluginserver.sock");
  return socket ?? join(folder, sockName);
}
