// What of a plugins directory goes where Kong runs: what stays behind is said, and why.
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { type Reach, reachOf } from "../../modules/bundle/reach.ts";
import { isHiddenName, isTestName } from "../../modules/names.ts";
import { packageName } from "../../runtime/shared/modules/package_name.ts";

/** A plugin, as far as its files go. */
export interface CarriedPlugin {
  readonly name: string;
  readonly file: string;
  readonly realFile?: string | undefined;
}

/** What goes along, and what does not. */
export interface Carried<P extends CarriedPlugin> {
  /** Entries of the directory that go as they are: files, and folders where those can go. */
  readonly entries: readonly Entry[];
  /** Plugins that go as bundles in the place of their modules, each with the reason. */
  readonly bundled: readonly { readonly plugin: P; readonly reason: string }[];
  /** What stays behind, as sentences. */
  readonly left: readonly string[];
}

/** How plugins go where Kong runs. */
export interface Way {
  /** Whether folders can go along, and so packages in the directory's own node_modules; a ConfigMap has none. */
  readonly foldersGo: boolean;
  /** Whether all are bundled if one has to be, as `gibbon bundle` does. */
  readonly together: boolean;
}

/** An entry of the plugins directory. */
export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What tools of authors keep in a directory, and no plugin reads where Kong runs. */
const AUTHORS_FILES: readonly (readonly [name: RegExp, what: string])[] = [
  [/^gibbon\.dev\.json$/, "settings of gibbon dev"],
  [/^kong\.ya?ml$/, "Kong's own configuration"],
  [/^(?:ts|js)config(?:\.\w+)?\.json$|\.d\.[cm]?ts$/, "for editors"],
  [
    /^(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|bun\.lockb?|deno\.lock|deno\.jsonc?)$/,
    "for package managers",
  ],
  [/^(?:vitest|jest|eslint|prettier)\.config\.\w+$/, "settings of tools"],
  [/^(?:readme|changelog|licen[cs]e)(?:\.\w+)?$/i, "documentation"],
  [/^(?:tests?|__tests__)$/, "tests"],
];

/**
 * Sorts a plugins directory.
 *
 * @param provided specifiers of what gibbon provides
 * @param way how they go
 * @throws {GibbonError} OPTION_INVALID for a folder that cannot go, and that may be needed
 */
export async function sortDirectory<P extends CarriedPlugin>(
  directory: string,
  plugins: readonly P[],
  provided: readonly string[],
  { foldersGo, together }: Way,
): Promise<Carried<P>> {
  const root = await realpath(directory);
  const each = await Promise.all(plugins.map(async (plugin) => {
    const reach = reachOf(plugin.realFile ?? await realpath(plugin.file), provided);
    const outside = await notInside(reach, foldersGo ? root : undefined);
    return { plugin, reach, reason: whyBundle(reach, outside, root, foldersGo) };
  }));
  const isOne = together && each.some(({ reason }) => reason !== undefined);
  const reaches = each.map((one) =>
    isOne && one.reason === undefined ? { ...one, reason: "others do" } : one
  );
  const bundled = reaches.flatMap(({ plugin, reason }) =>
    reason === undefined ? [] : [{ plugin, reason }]
  );
  const withPackages = reaches.some(({ reach, reason }) => !reason && reach.packages.size > 0);
  const plain = new Set(reaches.flatMap(({ reach, reason }) => reason ? [] : reach.files));
  const inBundles = new Set(reaches.flatMap(({ reach, reason }) => reason ? reach.files : []));
  const entries: Entry[] = [];
  const left: string[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    const found = await stat(path);
    const entry = { name, isFolder: found.isDirectory() };
    const real = await realpath(path);
    const isNeeded = holds(real, plain) || (name === "node_modules" && withPackages);
    const why = isNeeded ? undefined : whyLeft(name);
    const goesBundled = !isNeeded && holds(real, inBundles);
    if (why !== undefined) {
      if (!name.startsWith(".")) left.push(`${path} stays behind: ${why}`);
    } else if (goesBundled) {
      continue;
    } else if (entry.isFolder && !foldersGo) {
      throw tooMuch(`${path} is a folder`);
    } else {
      entries.push(entry);
    }
  }
  return { entries, bundled, left };
}

/** Why a plugin cannot go as it is; undefined if it can. */
function whyBundle(
  { files: [own = "", ...others] }: Reach,
  outside: readonly (readonly [specifier: string, importer: string])[],
  root: string,
  foldersGo: boolean,
): string | undefined {
  const isOutside = (file: string) => !file.startsWith(root + sep);
  const [first] = outside;
  if (first) {
    const more = outside.length > 1 ? ` and ${outside.length - 1} more` : "";
    return `${relative(root, first[1])} imports the package ${first[0]}${more}`;
  }
  const elsewhere = others.find(isOutside);
  if (elsewhere !== undefined) return `it imports ${elsewhere}, which is not in the directory`;
  if (foldersGo) return undefined;
  const inFolder = [own, ...others].find((file) => dirname(file) !== root && !isOutside(file));
  return inFolder === undefined
    ? undefined
    : `${relative(root, inFolder)} is in a folder, and a ConfigMap has none`;
}

/** Whether files are this one, or in this folder. */
function holds(path: string, files: ReadonlySet<string>): boolean {
  return [...files].some((file) => file === path || file.startsWith(path + sep));
}

function whyLeft(name: string): string | undefined {
  if (name === "node_modules") return "no plugin needs it beside itself";
  if (isTestName(name)) return "a test";
  const author = AUTHORS_FILES.find(([pattern]) => pattern.test(name));
  if (author) return author[1];
  return isHiddenName(name) ? "hidden" : undefined;
}

/**
 * Packages that a plugin imports, with who does, and that are not in its directory.
 *
 * @param root real path of the directory; undefined for all packages
 */
async function notInside(
  { packages }: Reach,
  root: string | undefined,
): Promise<(readonly [specifier: string, importer: string])[]> {
  const all = [...packages];
  if (root === undefined) return all;
  const isInside = await Promise.all(all.map(async ([specifier]) => {
    const folder = join(root, "node_modules", packageName(specifier));
    return await stat(folder).then(() => true, () => false);
  }));
  return all.filter((_, at) => !isInside[at]);
}

/** Says that plugins do not fit a ConfigMap. */
export function tooMuch(why: string): GibbonError {
  return new GibbonError("OPTION_INVALID", `The plugins do not fit a ConfigMap: ${why}`, {
    remedy: "Put them on a volume, and name its claim with --volume-claim.",
  });
}

/**
 * Plugins that import packages which are not in their directory, as where that alone is mounted.
 *
 * @returns sentences, each of one plugin
 */
export async function packagesOutside(
  directory: string,
  plugins: readonly CarriedPlugin[],
  provided: readonly string[],
): Promise<string[]> {
  const root = await realpath(directory);
  const lines: string[] = [];
  for (const { name, file, realFile } of plugins) {
    const reach = reachOf(realFile ?? await realpath(file), provided);
    for (const [specifier] of await notInside(reach, root)) {
      lines.push(`${name} imports ${specifier}, which is not in ${directory}`);
    }
  }
  return lines;
}
