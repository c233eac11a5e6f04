// gibbon kong-config: prints what an operator has to set, so that Kong uses the plugins.
import { join, resolve } from "node:path";
import { GibbonError } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { loadPlugins } from "../kong/loader/load.ts";
import type { CommandContext } from "./context.ts";
import { asConf, asDockerfile, asEnv } from "../kong/config/formats.ts";
import { asConfigMap, asHelmValues, asManifests, type Pod } from "../kong/config/manifests.ts";
import { kongSettings, type Layout, shellCommand } from "../kong/config/settings.ts";
import { type CarriedFrom, imageParts, mapFiles, notePackages } from "./kong_config_files.ts";
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
  const { kongVersion = DEFAULT_VERSION, configFormat = "conf", image, volumeClaim } = options;
  const settings = kongSettings(layout);
  const { executable, directory } = layout;
  const pod: Pod = { image: image ?? `kong-gibbon:${kongVersion}`, directory, claim: volumeClaim };
  const carries = ["docker", "helm", "configmap", "kubernetes"].includes(configFormat);
  // What is not said to go along is where it is, or is mounted as it is.
  if (!carries || (volumeClaim !== undefined && configFormat !== "docker")) {
    const isThere = configFormat === "conf" && options.mountedAt === undefined;
    if (!isThere) await notePackages(rendering);
  }
  switch (configFormat) {
    case "conf":
      return asConf(settings);
    case "env":
      return asEnv(settings);
    case "docker": {
      const parts = await imageParts(rendering);
      return asDockerfile(settings, {
        ...{ from: image ?? `kong:${kongVersion}`, executable, directory },
        ...parts,
      });
    }
    case "helm": {
      if (volumeClaim !== undefined) return asHelmValues(settings, pod, undefined);
      await mapFiles(rendering);
      const words = ["gibbon", "kong-config", "--format", "configmap", "--plugins-directory"];
      return asHelmValues(
        settings,
        pod,
        `${shellCommand([...words, rendering.source])} | kubectl apply -f -`,
      );
    }
    case "configmap":
      return asConfigMap(await mapFiles(rendering));
    case "kubernetes": {
      const files = volumeClaim === undefined ? await mapFiles(rendering) : new Map();
      return asManifests(settings, pod, files);
    }
  }
}

/** Where things are for Kong: on this machine, or in its container. */
function layoutOf(
  source: string,
  plugins: readonly string[],
  options: OptionValues,
): Layout {
  const { configFormat = "conf", mountedAt, socket, kongPrefix, sockName } = options;
  const { kongVersion: version = DEFAULT_VERSION } = options;
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
