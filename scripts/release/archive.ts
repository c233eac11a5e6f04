// The archive of one platform: the executable, README, licence and notices in one folder.
import type { Target } from "../build/executable.ts";
import type { NamedFile } from "./digests.ts";
import { type Entry, gzipped, tar } from "./tarball.ts";

/** Texts that every archive has, by the name of their file. */
export type Texts = Readonly<Record<string, string>>;

/** Name of an archive's folder. */
export function archiveName(version: string, target: Target): string {
  return `gibbon-${version}-${target}`;
}

/** Packs the archive. */
export async function makeArchive(
  name: string,
  executable: Uint8Array,
  texts: Texts,
  time: Date,
): Promise<NamedFile> {
  const entries: Entry[] = [
    { path: `${name}/` },
    { path: `${name}/gibbon`, data: executable, mode: 0o755 },
    ...Object.entries(texts).map(([file, data]) => ({ path: `${name}/${file}`, data })),
  ];
  return { name: `${name}.tar.gz`, data: await gzipped(await tar(entries, time)) };
}
