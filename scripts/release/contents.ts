// What is inside of the executable: every package of which code or text went in, with its licence.
import { readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { packageName } from "../../src/runtime/shared/modules/package_name.ts";
import { ROOT } from "../build/executable.ts";
import type { Parts } from "../build/parts.ts";

/** A package of npm that is in the executable. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, as its manifest says. */
  readonly license: string;
  /** The text of its licence; undefined if it brings none, and only its manifest names it. */
  readonly licenseText: string | undefined;
  /** What it is there for. */
  readonly parts: readonly Part[];
  /** Digest of its archive in the registry, by Subresource Integrity; undefined if the lock has none. */
  readonly integrity: string | undefined;
}

/** Where in the executable. */
export type Part = "program" | "kit of gibbon test" | "inspector" | "declarations for editors";

const Metafile = v.object({
  outputs: v.record(
    v.string(),
    v.object({ inputs: v.record(v.string(), v.object({ bytesInOutput: v.number() })) }),
  ),
});
const Manifest = v.object({ name: v.string(), version: v.string(), license: v.string() });
const Lock = v.object({
  npm: v.record(v.string(), v.object({ integrity: v.optional(v.string()) })),
});

const LICENSE_FILE = /^(?:licen[cs]e|copying)(?:[.-].*)?$/i;

/**
 * The files of which something is in what Bun made.
 *
 * @param metafile what Bun wrote
 * @returns absolute paths
 */
export async function bundledFiles(metafile: string): Promise<string[]> {
  const { outputs } = v.parse(Metafile, JSON.parse(await readFile(metafile, "utf8")));
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => path.resolve(ROOT, file))
  );
}

/**
 * Gathers the packages, in the order of their names.
 *
 * @param program files of the program
 * @param preload files of what `gibbon test` loads before the tests
 * @throws {Error} for a package whose manifest names no licence
 */
export async function readContents(
  program: readonly string[],
  preload: readonly string[],
  { page, types }: Parts,
): Promise<BundledPackage[]> {
  const folders = new Map<string, Set<Part>>();
  const add = (folder: string | undefined, part: Part) => {
    if (folder === undefined) return;
    const parts = folders.get(folder) ?? new Set();
    folders.set(folder, parts.add(part));
  };
  for (const file of program) add(packageFolder(file), "program");
  for (const file of preload) add(packageFolder(file), "kit of gibbon test");
  for (const name of packageNames(page.keys(), "/packages/")) {
    add(await installed(name, ROOT), "inspector");
  }
  const nodeTypes = await installed("@types/node", ROOT);
  for (const name of packageNames(types.keys(), "node_modules/")) {
    add(await installed(name, nodeTypes), "declarations for editors");
  }
  add(await installed("valibot", ROOT), "declarations for editors");
  const lock = v.parse(Lock, JSON.parse(await readFile(path.join(ROOT, "deno.lock"), "utf8")));
  const packages = await Promise.all(
    [...folders].map(([folder, parts]) => readPackage(folder, [...parts], lock.npm)),
  );
  return packages.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The folder of the package that a file is of; undefined for gibbon's own files. */
function packageFolder(file: string): string | undefined {
  const marker = `${path.sep}node_modules${path.sep}`;
  const at = file.lastIndexOf(marker);
  if (at < 0) return undefined;
  const begin = at + marker.length;
  return file.slice(0, begin) + packageName(file.slice(begin));
}

function packageNames(files: Iterable<string>, prefix: string): Set<string> {
  const inside = [...files].filter((file) => file.startsWith(prefix));
  return new Set(inside.map((file) => packageName(file.slice(prefix.length))));
}

/** The folder of a package, as an import in a folder finds it; not all packages tell their manifest. */
async function installed(name: string, from: string): Promise<string> {
  const folder = path.join(from, "node_modules", name);
  try {
    return await realpath(folder);
  } catch (error) {
    if (path.dirname(from) === from) throw error;
    return await installed(name, path.dirname(from));
  }
}

async function readPackage(
  folder: string,
  parts: readonly Part[],
  locked: v.InferOutput<typeof Lock>["npm"],
): Promise<BundledPackage> {
  const manifest = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const { name, version, license } = v.parse(Manifest, manifest);
  const file = (await readdir(folder)).find((each) => LICENSE_FILE.test(each));
  const licenseText = file === undefined
    ? undefined
    : (await readFile(path.join(folder, file), "utf8")).trim();
  // Behind the version, the lock may name what a package's peers are.
  const key = Object.keys(locked).find((each) => each.split("_")[0] === `${name}@${version}`);
  const { integrity } = locked[key ?? ""] ?? {};
  return { name, version, license, licenseText, parts: [...parts].sort(), integrity };
}
