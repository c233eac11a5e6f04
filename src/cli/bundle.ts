// gibbon bundle: writes each plugin of a directory, with its packages, into one file.
import { realpath } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { GibbonError } from "../base/errors.ts";
import { createLogger } from "../base/log.ts";
import { logProblems } from "../base/problems.ts";
import { CONFIG_MAP_BYTES } from "../kong/config/config_map_files.ts";
import { type Bundle, requireBundler } from "../modules/bundle/bundle.ts";
import { bundleFile, writeBundles } from "../modules/bundle/write.ts";
import { anyModules, bundleProved, kongPlugins } from "./bundling.ts";
import type { CommandContext } from "./context.ts";
import { devPlace } from "./dev_place.ts";
import { loadOptions } from "./load_options.ts";
import { formatTable } from "./table.ts";

/**
 * Writes the bundles: all, or none. Each is loaded by itself before, away from its packages.
 *
 * @returns the exit code: 1 if a plugin cannot be loaded
 * @throws {GibbonError} OPTION_INVALID, PLUGIN_DIRECTORY; PLUGIN_BROKEN for what cannot be one file
 */
export async function run(context: CommandContext): Promise<number> {
  const { runtime, options, output } = context;
  const place = devPlace(context.directory);
  const target = outputOf(options.output, place.directory);
  requireBundler(runtime);
  const load = { ...loadOptions(options), only: place.only };
  const kong = await kongPlugins(runtime, place.directory, load);
  const isKongs = kong.modules.length + kong.problems.length > 0;
  const find = isKongs ? kongPlugins : anyModules;
  const { modules, problems } = isKongs ? kong : await find(runtime, place.directory, load);
  logProblems(problems, createLogger(output.note));
  if (problems.length > 0 || modules.length === 0) {
    output.note(`No bundle was written: ${modules.length} plugins, ${problems.length} problems.`);
    return 1;
  }
  const root = await realpath(place.directory);
  const bundles = await bundleProved(runtime, modules, root, find, options.minify);
  const left = await writeBundles(target, bundles);
  await output.data(options.json ? asJson(bundles, target) : asText(bundles, target));
  for (const note of notesOn(bundles, left, target)) output.note(note);
  return 0;
}

function outputOf(given: string | undefined, directory: string): string {
  if (given === undefined) {
    throw new GibbonError("OPTION_INVALID", "--output is missing", {
      remedy: "Say where the bundles go: gibbon bundle DIR --output OUT.",
    });
  }
  if (resolve(given) !== resolve(directory)) return given;
  throw new GibbonError("OPTION_INVALID", `--output is the plugins directory itself, ${given}`, {
    remedy: "Name a directory of its own: each plugin would be there twice.",
  });
}

function asJson(bundles: readonly Bundle[], target: string): string {
  const all = bundles.map(({ name, source, text, own, packages, notes }) => {
    const file = join(target, bundleFile(name));
    return { plugin: name, file, bytes: byteLength(text), source, files: own, packages, notes };
  });
  return `${JSON.stringify(all)}\n`;
}

function asText(bundles: readonly Bundle[], target: string): string {
  const rows = bundles.map(({ name, text, own, packages }) => [
    name,
    join(target, bundleFile(name)),
    inKib(byteLength(text)),
    String(own.length),
    String(packages.length),
  ]);
  const table = formatTable(["plugin", "bundle", "size", "files", "packages"], rows);
  const packages = new Map(bundles.flatMap((one) => one.packages).map((one) => [one.folder, one]));
  const lines = [...packages.values()].map(({ name, version, folder }) =>
    `  ${name} ${version} from ${relative(".", folder) || "."}`
  );
  return [table, ...(lines.length > 0 ? ["Packages in the bundles:", ...lines] : []), ""].join(
    "\n",
  );
}

function* notesOn(
  bundles: readonly Bundle[],
  left: readonly string[],
  target: string,
): Generator<string> {
  for (const { name, notes } of bundles) {
    for (const note of notes) yield `note: ${name}: ${note}`;
  }
  for (const name of left) {
    yield `warning: ${join(target, name)} is a bundle from before, of no plugin that is here now`;
  }
  const bytes = bundles.reduce((sum, { text }) => sum + byteLength(text), 0);
  if (bytes > CONFIG_MAP_BYTES) {
    yield `warning: the bundles have ${inKib(bytes)}, and a ConfigMap of Kubernetes takes ` +
      `${inKib(CONFIG_MAP_BYTES)}: use --minify, an image or a volume`;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function inKib(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
