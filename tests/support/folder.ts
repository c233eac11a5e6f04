// Temporary folders, which are gone when the test process is, if nobody removes them before.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { reapFolder } from "./reaper.ts";

/** A folder that a test has made. */
export interface Folder {
  readonly path: string;
  /** Takes it away, with what is in it. */
  remove(): Promise<void>;
}

/** Makes a temporary folder with files in it: their content by their path. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  // A short name: the path of a Unix socket has room for 107 bytes.
  const path = await mkdtemp(join(tmpdir(), "gibbon-"));
  reapFolder(path);
  await writeFiles(path, files);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Writes files into a folder: their content by their path. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Has something done at the end of a test, whatever its outcome; the last goes first. */
export type Later = (cleanUp: () => unknown) => void;

/** Runs `use` with a fresh folder, does what it left for later, and removes the folder. */
export async function withFolder(
  use: (folder: string, later: Later) => Promise<void>,
): Promise<void> {
  const folder = await makeFolder();
  const cleanUps: (() => unknown)[] = [];
  try {
    await use(folder.path, (cleanUp) => cleanUps.unshift(cleanUp));
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
    await folder.remove();
  }
}
