// The plugins of gibbon kong-config: which files go where Kong runs, as they are or as bundles.
import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { GibbonError } from "../base/errors.ts";
import { type Carried, packagesOutside, sortDirectory, type Way } from "../kong/config/carried.ts";
import { configMapFiles } from "../kong/config/config_map_files.ts";
import type { ImageParts } from "../kong/config/formats.ts";
import type { Files } from "../kong/config/manifests.ts";
import { shellCommand } from "../kong/config/settings.ts";
import type { Plugin } from "../kong/engine/plugin.ts";
import type { Bundle } from "../modules/bundle/bundle.ts";
import { bundleFile } from "../modules/bundle/write.ts";
import type { Runtime } from "../runtime/contract.ts";
import { asBundlable, bundleProved, kongPlugins } from "./bundling.ts";
import { PROVIDED_MODULES } from "./provided_modules.ts";

/** Where the plugins come from, and who is told what becomes of them. */
export interface CarriedFrom {
  readonly runtime: Runtime;
  /** Absolute path of the plugins directory. */
  readonly source: string;
  readonly plugins: readonly Plugin[];
  note(line: string): void;
}

const PROVIDED = Object.keys(PROVIDED_MODULES);

/**
 * The files of a ConfigMap.
 *
 * @throws {GibbonError} OPTION_INVALID for what fits none; PLUGIN_BROKEN for what cannot be bundled
 */
export async function mapFiles(from: CarriedFrom): Promise<Files> {
  const carried = await sorted(from, { foldersGo: false, together: false });
  const bundles = await bundled(from, carried);
  const texts = new Map(bundles.map(({ name, text }) => [bundleFile(name), text]));
  return await configMapFiles(from.source, carried.entries, texts);
}

/**
 * What a Dockerfile copies. Where plugins need to be bundled, that is left to `gibbon bundle`, and
 * tried here.
 *
 * @throws {GibbonError} PLUGIN_BROKEN for what cannot be bundled
 */
export async function imageParts(
  from: CarriedFrom,
): Promise<Pick<ImageParts, "files" | "folders" | "before">> {
  const carried = await sorted(from, { foldersGo: true, together: true });
  const name = basename(from.source);
  const beside = `${name}-bundled`;
  const isBundled = carried.bundled.length > 0;
  if (isBundled && from.runtime.bundleModule) await bundled(from, carried);
  const before = shellCommand(["gibbon", "bundle", name, "--output", beside]);
  if (isBundled) {
    from.note(`note: the Dockerfile copies ${beside}, which this makes beside ${name}: ${before}`);
  }
  const own = carried.entries.filter(({ isFolder }) => isFolder).map(({ name: folder }) =>
    [join(name, folder), folder] as const
  );
  return {
    files: carried.entries.filter(({ isFolder }) => !isFolder).map((one) => join(name, one.name)),
    folders: isBundled ? [[beside, ""], ...own] : own,
    before: isBundled ? before : undefined,
  };
}

/** Says which packages are not there where the directory alone is. */
export async function notePackages({ source, plugins, note }: CarriedFrom): Promise<void> {
  for (const line of await packagesOutside(source, plugins, PROVIDED)) {
    note(`warning: ${line}: use gibbon bundle, and mount what it writes`);
  }
}

async function sorted(from: CarriedFrom, way: Way): Promise<Carried<Plugin>> {
  const carried = await sortDirectory(from.source, from.plugins, PROVIDED, way);
  for (const { plugin, reason } of carried.bundled) {
    from.note(`note: ${plugin.name} goes as a bundle: ${reason}`);
  }
  for (const line of carried.left) from.note(`note: ${line}`);
  return carried;
}

async function bundled(from: CarriedFrom, { bundled }: Carried<Plugin>): Promise<Bundle[]> {
  const { runtime, source, note } = from;
  const [first] = bundled;
  if (first && !runtime.bundleModule) {
    throw new GibbonError(
      "OPTION_INVALID",
      `${first.plugin.name} has to be bundled, and ${runtime.name} has no bundler: ${first.reason}`,
      {
        plugin: first.plugin.name,
        remedy: "Run gibbon's executable, which has a bundler in it; or put the plugins on a " +
          "volume, and name its claim with --volume-claim.",
      },
    );
  }
  const modules = bundled.map(({ plugin }) => asBundlable(plugin));
  const bundles = await bundleProved(runtime, modules, await realpath(source), kongPlugins);
  for (const { name, version, folder } of bundles.flatMap(({ packages }) => packages)) {
    note(`note: ${name} ${version} comes from ${folder}`);
  }
  for (const one of bundles) {
    for (const line of one.notes) note(`note: ${one.name}: ${line}`);
  }
  return bundles;
}
