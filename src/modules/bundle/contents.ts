// What a bundle is made of: files of its own, and packages with their versions and places.
import { dirname, join, relative, sep } from "node:path";
import { attempt } from "../../base/printable.ts";
import { PLUGIN_FILE_BYTES, readRegularText } from "../../base/regular_file.ts";
import { packageName } from "../../runtime/shared/modules/package_name.ts";

const PACKAGES = `${sep}node_modules${sep}`;

/** A package in a bundle. */
export interface BundledPackage {
  readonly name: string;
  /** "" where its package.json does not say. */
  readonly version: string;
  /** The folder that it came from. */
  readonly folder: string;
}

/** What a bundle is made of. */
export interface Contents {
  /** Absolute paths of the files that are in no package. */
  readonly own: readonly string[];
  /** By name, each folder once. */
  readonly packages: readonly BundledPackage[];
}

/** Sorts the files of a bundle. */
export function contentsOf(files: readonly string[]): Contents {
  const folders = new Set(files.map(packageFolder).filter((folder) => folder !== undefined));
  return {
    own: files.filter((file) => packageFolder(file) === undefined),
    packages: [...folders].map(readPackage).sort((a, b) => a.name < b.name ? -1 : 1),
  };
}

/** The folder of the package that a file belongs to. */
export function packageFolder(file: string): string | undefined {
  const at = file.lastIndexOf(PACKAGES);
  if (at < 0) return undefined;
  const inside = file.slice(at + PACKAGES.length);
  return file.slice(0, at + PACKAGES.length) + packageName(inside);
}

/**
 * The name of a file in stacks: by the way from the plugins directory, or from the node_modules that
 * it is in, so that nothing tells where it was bundled.
 */
export function nameInStacks(file: string, root: string): string {
  const at = file.lastIndexOf(PACKAGES);
  return at < 0 ? relative(root, file) : file.slice(at + 1);
}

function readPackage(folder: string): BundledPackage {
  const text = attempt(() => readRegularText(join(folder, "package.json"), PLUGIN_FILE_BYTES));
  const { name, version } = (attempt(() => JSON.parse(text ?? "{}")) ?? {}) as Partial<
    Record<"name" | "version", string>
  >;
  const isScoped = dirname(folder).split(sep).at(-1)?.startsWith("@") === true;
  const path = folder.split(sep).slice(isScoped ? -2 : -1).join("/");
  return { name: name ?? path, version: version ?? "", folder };
}
